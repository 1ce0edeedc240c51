select
    sales.product_id,
    products.product_name,
    sum(sales.net_amount) as net_sales_amount,
    sum(sales.costed_net_amount) - sum(sales.cost_amount) as gross_margin_amount,
    sum(sales.sold_quantity) as sold_quantity
from core.fct_sales_daily as sales
inner join core.dim_product as products
    on sales.company_id = products.company_id and sales.product_id = products.product_id and products.is_current
where
    sales.company_id = %(company)s
    and sales.sale_date between %(week)s and %(week)s + 6
    and not sales.is_suspect
group by sales.product_id, products.product_name
order by net_sales_amount desc, sales.product_id
limit 20
