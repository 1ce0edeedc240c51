select
    date_trunc('month', sales.sale_date)::date as month_start_date,
    locations.region,
    sum(sales.net_amount) as net_sales_amount,
    sum(sales.discount_amount) as discount_amount,
    sum(sales.sold_quantity) as sold_quantity
from core.fct_sales_daily as sales
inner join core.dim_product as products on sales.product_key = products.product_key
inner join core.dim_location as locations on sales.location_key = locations.location_key
where
    sales.company_id = %(company)s
    and products.category_1 = %(category)s
    and sales.sale_date >= (%(month)s - interval '11 months')::date
    and sales.sale_date < (%(month)s + interval '1 month')::date
group by date_trunc('month', sales.sale_date)::date, locations.region
order by month_start_date, locations.region
