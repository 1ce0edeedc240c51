-- depends_on: {{ ref('int_budget_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_budget_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

-- Stock at cost at the close of each month with a budget, at the levels on which budgets are made; ALL is a total.
with months as (
    select * from {{ ref('int_budget_months') }} as budget_months
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_budget_months_affected'), 'budget_months.company_id', 'budget_months.month_start_date') }}
    {%- endif %}
),

stock as (
    select
        months.company_id,
        months.month_start_date,
        months.closing_date,
        months.currency,
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
        months.company_id,
        months.month_start_date,
        months.closing_date,
        months.currency,
        coalesce(products.category_1, 'unknown'),
        inventory.location_id
)

select
    company_id,
    month_start_date,
    closing_date,
    currency,
    coalesce(category, 'ALL') as category,
    coalesce(location_id, 'ALL') as location_id,
    sum(stock_amount)::numeric(18, 4) as stock_amount
from stock
group by
    company_id, month_start_date, closing_date, currency,
    grouping sets ((category, location_id), (category), (location_id), ())
