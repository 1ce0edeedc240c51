select
    sales.sale_date,
    sum(sales.net_amount) as net_sales_amount,
    sum(sales.costed_net_amount) - sum(sales.cost_amount) as gross_margin_amount,
    sum(sales.line_count) as line_count
from core.fct_sales_daily as sales
inner join core.dim_location as locations on sales.location_key = locations.location_key
where
    sales.company_id = %(company)s
    and locations.region = %(region)s
    and sales.sale_date > %(day)s - 91
    and sales.sale_date <= %(day)s
group by sales.sale_date
order by sales.sale_date
