-- Grain: one row per company, product, planning location and ISO week (Monday), from the first sale or stock to the last
-- complete week, zero-filled. Stocked products only.
-- Semi-additive: closing_on_hand_quantity (not over weeks). Non-additive: prices, discount_pct, promoted_share, stockout_days.
-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

with weeks as (
    select * from {{ ref('int_demand_weekly') }} as all_weeks
    -- The current week trails the last complete one.
    where week_start_date = trailing_week_date and {{ only_redone_weeks(ref('int_planning_items_affected'), 'all_weeks') }}
),

demand as (
    {{ redone_weeks_of('weeks', ref('int_planning_items_affected')) }}
)

select
    company_id,
    product_id,
    planning_location_id,
    {{ date_key('week_start_date') }} as week_start_date_key,
    week_start_date,
    sold_quantity,
    returned_quantity,
    net_sales_amount,
    gross_sales_amount,
    costed_net_sales_amount,
    cost_amount,
    average_unit_price,
    regular_unit_price,
    discount_pct,
    promoted_share,
    stockout_days,
    is_stockout_week,
    received_quantity,
    average_on_hand_quantity,
    average_on_hand_amount,
    average_on_hand_retail_amount,
    closing_on_hand_quantity,
    closing_on_hand_amount,
    closing_inbound_quantity,
    closing_unit_cost
from demand
