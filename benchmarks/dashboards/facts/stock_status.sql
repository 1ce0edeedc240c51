with served as (
    select location_id
    from core.dim_location
    where
        company_id = %(company)s
        and is_current
        and (location_id = %(stock_place)s or parent_location_id = %(stock_place)s)
),

sold as (
    select sales.product_id, sum(sales.sold_quantity) as sold_quantity
    from core.fct_sales_daily as sales
    inner join served on sales.location_id = served.location_id
    where
        sales.company_id = %(company)s
        and sales.sale_date > %(day)s - 91
        and sales.sale_date <= %(day)s
    group by sales.product_id
),

-- The quarter tells of every product that has been here for less than it.
beginnings as (
    select product_id, min(inventory_date) as first_date
    from core.fct_inventory_daily
    where
        company_id = %(company)s
        and location_id = %(stock_place)s
        and inventory_date > %(day)s - 91
        and inventory_date <= %(day)s
    group by product_id
)

select
    stock.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    stock.on_hand_quantity,
    stock.on_hand_quantity - stock.allocated_quantity as available_quantity,
    stock.on_hand_amount,
    coalesce(sold.sold_quantity, 0) as sold_13w_quantity,
    round(
        stock.on_hand_quantity * least(%(day)s - beginnings.first_date + 1, 91) / nullif(sold.sold_quantity, 0), 2
    ) as cover_days
from core.fct_inventory_daily as stock
inner join beginnings on stock.product_id = beginnings.product_id
left join sold on stock.product_id = sold.product_id
left join core.dim_product as products
    on stock.company_id = products.company_id and stock.product_id = products.product_id and products.is_current
where
    stock.company_id = %(company)s
    and stock.location_id = %(stock_place)s
    and stock.inventory_date = %(day)s
order by stock.on_hand_amount desc nulls last, stock.product_id
limit 100
