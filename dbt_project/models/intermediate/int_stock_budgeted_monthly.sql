{{ config(materialized='table') }}

-- Stock at cost at the close of each month with a budget, at the levels on which budgets are made; ALL is a total.
with months as (
    select distinct
        budgets.company_id,
        budgets.month_start_date,
        policies.currency,
        least(budgets.month_end_date, policies.business_date) as closing_date
    from {{ ref('fct_budgets_monthly') }} as budgets
    inner join {{ ref('int_company_policies') }} as policies on budgets.company_id = policies.company_id
    where budgets.month_start_date <= policies.business_date
),

stock as (
    select
        months.company_id,
        months.month_start_date,
        coalesce(products.category_1, 'unknown') as category,
        inventory.location_id,
        sum(inventory.on_hand_amount) as stock_amount
    from months
    inner join {{ ref('fct_inventory_daily') }} as inventory
        on
            months.company_id = inventory.company_id
            and months.closing_date = inventory.inventory_date
            and months.currency = inventory.currency
    left join {{ ref('dim_product') }} as products on inventory.product_key = products.product_key
    group by
        months.company_id, months.month_start_date, coalesce(products.category_1, 'unknown'), inventory.location_id
)

select
    company_id,
    month_start_date,
    coalesce(category, 'ALL') as category,
    coalesce(location_id, 'ALL') as location_id,
    sum(stock_amount)::numeric(18, 4) as stock_amount
from stock
group by company_id, month_start_date, grouping sets ((category, location_id), (category), (location_id), ())
