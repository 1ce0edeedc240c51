{{ config(materialized='table') }}

-- What weekly models know, by the month in which the week ends: age and sell-through of its last week, active SKUs of all
-- its complete weeks.
with weeks as (
    select
        *,
        date_trunc('month', closing_date)::date as month_start_date,
        week_start_date = max(week_start_date) over (
            partition by company_id, date_trunc('month', closing_date)
        ) as is_last,
        is_complete_week and week_start_date = max(week_start_date) filter (where is_complete_week) over (
            partition by company_id, date_trunc('month', closing_date)
        ) as is_last_complete
    from {{ ref('int_company_weeks') }}
),

aged as (
    select
        demand.company_id,
        weeks.month_start_date,
        sum(case when aged.aged_90_quantity = 0 then 0 else aged.aged_90_quantity * demand.closing_unit_cost end)
            as numerator,
        sum(demand.closing_on_hand_amount) as denominator
    from {{ ref('int_demand_weekly') }} as demand
    inner join weeks
        on demand.company_id = weeks.company_id and demand.week_start_date = weeks.week_start_date and weeks.is_last
    inner join {{ ref('int_inventory_aged_weekly') }} as aged
        on
            demand.company_id = aged.company_id
            and demand.product_id = aged.product_id
            and demand.planning_location_id = aged.planning_location_id
            and demand.week_start_date = aged.week_start_date
    group by demand.company_id, weeks.month_start_date
),

active as (
    select
        skus.company_id,
        weeks.month_start_date,
        sum(skus.selling_product_count) as numerator,
        sum(skus.stocked_product_count) as denominator
    from {{ ref('int_active_skus_weekly') }} as skus
    inner join weeks
        on skus.company_id = weeks.company_id and skus.week_start_date = weeks.week_start_date and weeks.is_complete_week
    where skus.stocked_product_count is not null
    group by skus.company_id, weeks.month_start_date
),

sold_through as (
    select
        skus.company_id,
        weeks.month_start_date,
        -- Quantities of several units have no sum.
        case when min(items.uom) = max(items.uom) then sum(skus.sell_through_4w_numerator) end as numerator,
        case when min(items.uom) = max(items.uom) then sum(skus.sell_through_4w_denominator) end as denominator
    from {{ ref('int_sku_rolling_weekly') }} as skus
    inner join weeks
        on skus.company_id = weeks.company_id and skus.week_start_date = weeks.week_start_date and weeks.is_last_complete
    inner join {{ ref('dim_planning_item') }} as items
        on
            skus.company_id = items.company_id
            and skus.product_id = items.product_id
            and skus.planning_location_id = items.planning_location_id
    where skus.sell_through_4w_denominator is not null
    group by skus.company_id, weeks.month_start_date
)

{% for kpi_id, source in [
    ('aged_90_pct', 'aged'), ('active_sku_pct', 'active'), ('sell_through_pct', 'sold_through')
] -%}
{{ 'union all' if not loop.first }}
select
    company_id,
    month_start_date,
    '{{ kpi_id }}' as kpi_id,
    numerator::numeric(24, 6) as numerator,
    denominator::numeric(24, 6) as denominator
from {{ source }}
{% endfor %}
