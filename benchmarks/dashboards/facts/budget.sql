with sales as (
    select
        date_trunc('month', sales.sale_date)::date as month_start_date,
        sum(sales.net_amount) as net_sales_amount,
        sum(sales.costed_net_amount) - sum(sales.cost_amount) as margin_amount
    from core.fct_sales_daily as sales
    left join core.dim_product as products on sales.product_key = products.product_key
    where
        sales.company_id = %(company)s
        and coalesce(products.category_1, 'unknown') = %(category)s
        and sales.sale_date >= (%(month)s - interval '11 months')::date
        and sales.sale_date < (%(month)s + interval '1 month')::date
    group by date_trunc('month', sales.sale_date)
)

select
    budgets.month_start_date,
    budgets.location_id,
    budgets.net_sales_amount as budget_net_sales_amount,
    sales.net_sales_amount,
    round(sales.net_sales_amount / nullif(budgets.net_sales_amount, 0), 6) as attainment_pct,
    sales.margin_amount
from core.fct_budgets_monthly as budgets
left join sales on budgets.month_start_date = sales.month_start_date
where
    budgets.company_id = %(company)s
    and budgets.category = %(category)s
    and budgets.is_all_locations
    and budgets.month_start_date >= (%(month)s - interval '11 months')::date
    and budgets.month_start_date <= %(month)s
order by budgets.month_start_date, budgets.location_id
