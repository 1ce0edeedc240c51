-- Grain: one row per company, product, planning location and ISO week up to the business date. Stocked products only.
-- Semi-additive: on-hand figures (not over weeks). Non-additive: every ratio and every count of days.
-- depends_on: {{ ref('int_sku_indicators_affected') }}
{{ config(
    tags=['after_ml'],
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_sku_indicators_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

with weeks as (
    select * from {{ ref('int_demand_weekly') }} as all_weeks
    where {{ only_redone_weeks(ref('int_sku_indicators_affected'), 'all_weeks') }}
),

demand as (
    {{ redone_weeks_of('weeks', ref('int_sku_indicators_affected')) }}
),

rolling as (
    select * from {{ ref('int_sku_rolling_weekly') }}
),

aged as (
    select * from {{ ref('int_inventory_aged_weekly') }}
),

mean_age as (
    select * from {{ ref('int_inventory_mean_age_weekly') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

forecast as (
    select * from {{ ref('int_forecast_levels') }}
),

active_share as (
    select * from {{ ref('int_active_skus_weekly') }}
)

select
    demand.company_id,
    demand.product_id,
    items.product_name,
    items.category_1,
    items.product_status,
    demand.planning_location_id,
    items.planning_location_name,
    demand.week_start_date,
    demand.closing_date,
    demand.is_complete_week,
    items.uom,
    policies.currency,
    demand.sold_quantity,
    demand.net_sales_amount,
    (demand.costed_net_sales_amount - demand.cost_amount)::numeric(18, 4) as gross_margin_amount,
    demand.returned_quantity,
    demand.received_quantity,
    demand.opening_on_hand_quantity,
    demand.closing_on_hand_quantity,
    demand.closing_on_hand_amount,
    demand.closing_allocated_quantity,
    (demand.closing_on_hand_quantity - demand.closing_allocated_quantity)::numeric(18, 4) as closing_available_quantity,
    demand.closing_in_transit_quantity,
    demand.closing_inbound_quantity,
    {% for ratio in ['turnover_cost', 'turnover_retail', 'turnover_unit', 'gmroi'] -%}
    {{ sku_ratio(ratio) }} as {{ ratio }},
    {% endfor -%}
    rolling.sell_through_4w_numerator as sell_through_numerator,
    rolling.sell_through_4w_denominator as sell_through_denominator,
    {{ sku_ratio('sell_through_pct') }} as sell_through_pct,
    active_share.selling_product_count::integer as active_sku_numerator,
    active_share.stocked_product_count::integer as active_sku_denominator,
    case
        when demand.is_complete_week
            then active_share.selling_product_count / nullif(active_share.stocked_product_count, 0)::numeric
    end::numeric(9, 6) as active_sku_pct,
    {{ sku_ratio('backward_cover_days') }} as backward_cover_days,
    (demand.closing_on_hand_quantity / nullif(forecast.weekly_forecast_quantity / 7.0, 0))::numeric(18, 2)
        as forward_cover_days,
    case when demand.has_stock_records then demand.stockout_days end as stockout_days,
    rolling.stockout_days_4w::smallint as stockout_days_4w,
    mean_age.age_weighted_days,
    aged.aged_45_quantity,
    aged.aged_90_quantity,
    aged.aged_180_quantity,
    {% for days in [45, 90, 180] -%}
    case when aged.aged_{{ days }}_quantity = 0 then 0 else aged.aged_{{ days }}_quantity * demand.closing_unit_cost end::numeric(
        18, 4
    ) as aged_{{ days }}_amount,
    {% endfor -%}
    rolling.returned_13w_quantity::numeric(18, 4) as return_numerator,
    rolling.sold_13w_quantity::numeric(18, 4) as return_denominator,
    {{ sku_ratio('return_pct') }} as return_pct,
    case
        when demand.closing_on_hand_quantity is null and not demand.has_stock_records then 'unknown'
        when demand.closing_on_hand_quantity is null then 'not_stocked'
        else {{ stock_status(
            'demand.closing_on_hand_quantity', 'rolling.sold_13w_quantity', '(7.0 * rolling.weeks_in_window)'
        ) }}
    end as stock_status
from demand
inner join items using (company_id, product_id, planning_location_id)
inner join policies using (company_id)
left join aged using (company_id, product_id, planning_location_id, week_start_date)
left join mean_age using (company_id, product_id, planning_location_id, week_start_date)
left join rolling
    on
        demand.company_id = rolling.company_id
        and demand.product_id = rolling.product_id
        and demand.planning_location_id = rolling.planning_location_id
        and demand.trailing_week_date = rolling.week_start_date
left join active_share
    on
        demand.company_id = active_share.company_id
        and demand.planning_location_id = active_share.planning_location_id
        and items.category_1 = active_share.category_1
        and demand.week_start_date = active_share.week_start_date
left join forecast
    on
        demand.company_id = forecast.company_id
        and demand.product_id = forecast.product_id
        and demand.planning_location_id = forecast.planning_location_id
        -- The forecast made with this week as its last known one; weeks before the first run have none.
        and demand.trailing_week_date = forecast.last_known_week_date
