select
    coalesce(products.category_1, 'unknown') as category_1,
    count(*) as stock_days,
    count(*) filter (where stock.is_stockout) as stockout_days
from core.fct_inventory_daily as stock
left join core.dim_product as products
    on stock.company_id = products.company_id and stock.product_id = products.product_id and products.is_current
where
    stock.company_id = %(company)s
    and stock.inventory_date >= %(month)s
    and stock.inventory_date < (%(month)s + interval '1 month')::date
group by coalesce(products.category_1, 'unknown')
order by category_1
