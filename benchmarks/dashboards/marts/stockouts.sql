-- How often was a category not there in a month, and what did that cost?
select
    category_1,
    sum(stock_days) as stock_days,
    sum(stockout_days) as stockout_days,
    sum(lost_sales_amount) as lost_sales_amount
from marts.mart_stockouts_monthly
where company_id = %(company)s and month_start_date = %(month)s
group by category_1
order by category_1
