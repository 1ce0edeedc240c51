with returned as (
    select
        returns.product_id,
        products.product_name,
        sum(returns.returned_quantity) as returned_quantity,
        sum(
            coalesce(
                returns.refund_amount,
                round(returns.sold_net_amount / nullif(returns.sold_quantity, 0) * returns.returned_quantity, 4)
            )
        ) as returned_amount,
        count(*) as return_line_count
    from core.fct_returns as returns
    inner join core.dim_product as products
        on returns.company_id = products.company_id and returns.product_id = products.product_id and products.is_current
    where
        returns.company_id = %(company)s
        and returns.status in ('received', 'refunded')
        and returns.return_date >= %(month)s
        and returns.return_date < (%(month)s + interval '1 month')::date
        and products.category_1 = %(category)s
    group by returns.product_id, products.product_name
),

sold as (
    select product_id, sum(sold_quantity) as sold_quantity
    from core.fct_sales_daily
    where
        company_id = %(company)s
        and sale_date >= %(month)s
        and sale_date < (%(month)s + interval '1 month')::date
    group by product_id
)

select
    returned.product_id,
    returned.product_name,
    returned.returned_quantity,
    returned.returned_amount,
    returned.return_line_count,
    round(returned.returned_quantity / nullif(sold.sold_quantity, 0), 6) as return_quantity_pct
from returned
left join sold on returned.product_id = sold.product_id
order by returned.returned_amount desc nulls last, returned.product_id
limit 20
