-- How did the regions sell a category over twelve months?
select
    date_trunc('month', sale_date)::date as month_start_date,
    region,
    sum(net_sales_amount) as net_sales_amount,
    sum(discount_amount) as discount_amount,
    sum(sold_quantity) as sold_quantity
from marts.mart_sales_daily
where
    company_id = %(company)s
    and category_1 = %(category)s
    and sale_date >= (%(month)s - interval '11 months')::date
    and sale_date < (%(month)s + interval '1 month')::date
group by date_trunc('month', sale_date)::date, region
order by month_start_date, region
