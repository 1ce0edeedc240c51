-- Grain: one row per company, stocked product, planning location and complete ISO week, with sell-through in quantities.
-- Non-additive: shares and streaks; numerators and denominators of the week add up over products and places of one unit.
-- depends_on: {{ ref('int_sell_through_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_sell_through_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

with weeks as (
    select * from {{ ref('int_sell_through_weekly') }} as all_weeks
    where {{ only_redone_weeks(ref('int_sell_through_affected'), 'all_weeks') }}
),

sell_through as (
    {{ redone_weeks_of('weeks', ref('int_sell_through_affected')) }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
)

select
    sell_through.company_id,
    sell_through.product_id,
    items.product_name,
    items.category_1,
    sell_through.planning_location_id,
    items.planning_location_name,
    sell_through.week_start_date,
    items.uom,
    {% for weeks in [1, 4, 13] -%}
    sell_through.sell_through_{{ weeks }}w_numerator,
    sell_through.sell_through_{{ weeks }}w_denominator,
    (
        sell_through.sell_through_{{ weeks }}w_numerator / nullif(sell_through.sell_through_{{ weeks }}w_denominator, 0)
    )::numeric(18, 6) as sell_through_{{ weeks }}w_pct,
    {% endfor -%}
    sell_through.life_stage,
    sell_through.launch_date,
    sell_through.launch_source,
    sell_through.judged_date,
    sell_through.new_numerator::numeric(18, 4) as sell_through_new_numerator,
    sell_through.new_denominator::numeric(18, 4) as sell_through_new_denominator,
    (sell_through.new_numerator / nullif(sell_through.new_denominator, 0))::numeric(18, 6) as sell_through_new_pct,
    sell_through.is_new_below_target,
    sell_through.falling_weeks::integer as falling_weeks,
    sell_through.is_old_falling,
    sell_through.mover_class
from sell_through
inner join items using (company_id, product_id, planning_location_id)
