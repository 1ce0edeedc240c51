-- depends_on: {{ ref('int_inventory_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_inventory_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

-- Stock per product, place and month, as sums over days: means come from dividing them by days.
with inventory as (
    select *
    from {{ ref('fct_inventory_daily') }} as inventory_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_inventory_months_affected'), 'inventory_daily.company_id', 'inventory_daily.inventory_date') }}
    {%- endif %}
),

stockouts as (
    select company_id, product_id, location_id, inventory_date
    from inventory
    where is_stockout
    {% if is_incremental() -%}
    union
    -- The day before a month that is made anew.
    select company_id, product_id, location_id, inventory_date
    from {{ ref('fct_inventory_daily') }}
    where
        is_stockout
        and (company_id, inventory_date) in (
            select company_id, affected_date - 1 from {{ ref('int_inventory_months_affected') }}
        )
    {%- endif %}
),

-- An episode begins where the day before was no stock-out: stock-outs are few, so joining them beats sorting all days.
episodes as (
    select
        today.company_id,
        today.product_id,
        today.location_id,
        date_trunc('month', today.inventory_date)::date as month_start_date,
        count(*) as stockout_episodes
    from stockouts as today
    left join stockouts as day_before
        on
            today.company_id = day_before.company_id
            and today.product_id = day_before.product_id
            and today.location_id = day_before.location_id
            and today.inventory_date = day_before.inventory_date + 1
    where day_before.inventory_date is null
    group by today.company_id, today.product_id, today.location_id, date_trunc('month', today.inventory_date)
),

months as (
    select
        company_id,
        product_id,
        location_id,
        date_trunc('month', inventory_date)::date as month_start_date,
        min(inventory_date) as first_stock_date,
        count(*) as stock_days,
        count(*) filter (where is_stockout) as stockout_days,
        sum(on_hand_amount)::numeric(18, 4) as on_hand_amount_days
    from inventory
    group by company_id, product_id, location_id, date_trunc('month', inventory_date)
)

select
    months.*,
    coalesce(episodes.stockout_episodes, 0) as stockout_episodes
from months
left join episodes using (company_id, product_id, location_id, month_start_date)
