-- Which products turn over more slowly than their class may, and what is to be done about them?
select
    product_id,
    product_name,
    category_1,
    turnover_class,
    turnover_days_3m_cost,
    threshold_days,
    average_stock_amount,
    suggestion
from marts.mart_turnover_monthly
where company_id = %(company)s and month_start_date = %(month)s and is_breach
order by average_stock_amount desc nulls last, product_id
limit 50
