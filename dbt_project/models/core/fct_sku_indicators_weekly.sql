-- Grain: one row per company, product, planning location and ISO week (Monday) up to the last complete one. Stocked products
-- only.
-- Semi-additive: on-hand figures (not over weeks). Non-additive: every ratio, count of days and trailing sum.
-- The indicators of mart_sku_indicators_weekly that need no forecast: what models learn from must be there before they run.
{{ config(
    materialized='view',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'}
) }}

with demand as (
    -- The current week trails the last complete one. The planner takes equal columns for rare and would join in loops.
    select * from {{ ref('int_demand_weekly') }}
    where week_start_date <= trailing_week_date
),

rolling as (
    select * from {{ ref('int_sku_rolling_weekly') }}
),

mean_age as (
    select * from {{ ref('int_inventory_mean_age_weekly') }}
)

select
    demand.company_id,
    demand.product_id,
    demand.planning_location_id,
    {{ date_key('demand.week_start_date') }} as week_start_date_key,
    demand.week_start_date,
    rolling.sold_13w_quantity::numeric(18, 4) as sold_13w_quantity,
    rolling.net_sales_13w_amount::numeric(18, 4) as net_sales_13w_amount,
    (rolling.costed_net_sales_13w_amount - rolling.cost_13w_amount)::numeric(18, 4) as gross_margin_13w_amount,
    demand.closing_on_hand_quantity,
    demand.closing_on_hand_amount,
    (demand.closing_on_hand_quantity - demand.closing_allocated_quantity)::numeric(18, 4) as closing_available_quantity,
    demand.closing_inbound_quantity,
    {{ sku_ratio('backward_cover_days') }} as backward_cover_days,
    {{ sku_ratio('turnover_unit') }} as turnover_unit,
    {{ sku_ratio('gmroi') }} as gmroi,
    {{ sku_ratio('sell_through_pct') }} as sell_through_pct,
    {{ sku_ratio('sell_through_13w_pct') }} as sell_through_13w_pct,
    rolling.stockout_days_4w::smallint as stockout_days_4w,
    mean_age.age_weighted_days,
    {{ sku_ratio('return_pct') }} as return_pct
from demand
left join rolling using (company_id, product_id, planning_location_id, week_start_date)
left join mean_age using (company_id, product_id, planning_location_id, week_start_date)
