-- Which products sold best in a week?
select
    product_id,
    product_name,
    sum(net_sales_amount) as net_sales_amount,
    sum(gross_margin_amount) as gross_margin_amount,
    sum(sold_quantity) as sold_quantity
from marts.mart_sku_indicators_weekly
where company_id = %(company)s and week_start_date = %(week)s
group by product_id, product_name
order by net_sales_amount desc, product_id
limit 20
