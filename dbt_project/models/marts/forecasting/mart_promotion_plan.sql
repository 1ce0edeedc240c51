-- Grain: one row per company, planned promotion, product and planning location that the plan in force forecasts for all its weeks.
-- Non-additive: quantiles, shares. Quantities of overlapping promotions hold the same weeks.
with promotions as (
    select * from {{ ref('int_promotions_planned') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

runs as (
    select * from {{ ref('int_forecast_runs') }}
    where is_latest_run
),

overrides as (
    select * from {{ ref('int_forecast_overrides') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

stock as (
    select * from {{ ref('fct_demand_weekly') }}
),

forecast as (
    select
        promotions.company_id,
        promotions.promotion_id,
        promotions.product_id,
        promotions.planning_location_id,
        runs.business_date,
        runs.run_id,
        runs.model_version,
        runs.trained_through_date,
        min(runs.week_start_date - 7 * runs.horizon_week) as stock_week_date,
        sum(coalesce(overrides.override_quantity, runs.mean_quantity)) filter (
            where runs.week_start_date < promotions.start_date - 6
        ) as quantity_before,
        sum(coalesce(overrides.override_quantity, runs.mean_quantity)) filter (
            where runs.week_start_date >= promotions.start_date - 6
        ) as final_quantity,
        {% for column in ['mean', 'baseline', 'q10', 'q50', 'q90'] -%}
        sum(runs.{{ column }}_quantity) filter (where runs.week_start_date >= promotions.start_date - 6)
            as {{ column }}_quantity,
        {% endfor -%}
        bool_and(runs.promoted_share is not null) filter (where runs.week_start_date >= promotions.start_date - 6)
            as is_lead_known,
        max(runs.week_start_date) as last_week_date
    from promotions
    inner join runs
        on
            promotions.company_id = runs.company_id
            and promotions.product_id = runs.product_id
            and promotions.planning_location_id = runs.planning_location_id
            and promotions.end_date >= runs.week_start_date
    left join overrides
        on
            runs.company_id = overrides.company_id
            and runs.scenario_id = overrides.scenario_id
            and runs.business_date = overrides.business_date
            and runs.model_version = overrides.model_version
            and runs.product_id = overrides.product_id
            and runs.planning_location_id = overrides.planning_location_id
            and runs.week_start_date = overrides.week_start_date
    group by
        promotions.company_id, promotions.promotion_id, promotions.product_id, promotions.planning_location_id,
        runs.business_date, runs.run_id, runs.model_version, runs.trained_through_date
)

select
    promotions.company_id,
    promotions.promotion_id,
    promotions.product_id,
    items.product_name,
    items.category_1,
    promotions.planning_location_id,
    items.planning_location_name,
    forecast.business_date,
    forecast.run_id,
    forecast.model_version,
    promotions.mechanic,
    promotions.location_count,
    promotions.start_date,
    promotions.end_date,
    promotions.start_date - policies.business_date as days_to_start,
    promotions.start_date - policies.promotion_stock_days as stock_due_date,
    promotions.maximum_discount_pct,
    promotions.planned_uplift_pct,
    items.uom,
    forecast.baseline_quantity::numeric(18, 4) as baseline_quantity,
    (forecast.mean_quantity - forecast.baseline_quantity)::numeric(18, 4) as promo_uplift_quantity,
    ((forecast.mean_quantity - forecast.baseline_quantity) / nullif(forecast.baseline_quantity, 0))::numeric(18, 6)
        as promo_uplift_pct,
    forecast.mean_quantity::numeric(18, 4) as forecast_quantity,
    forecast.final_quantity::numeric(18, 4) as final_quantity,
    forecast.q10_quantity::numeric(18, 4) as q10_quantity,
    forecast.q50_quantity::numeric(18, 4) as q50_quantity,
    forecast.q90_quantity::numeric(18, 4) as q90_quantity,
    coalesce(forecast.quantity_before, 0)::numeric(18, 4) as quantity_before_start,
    stock.closing_on_hand_quantity as on_hand_quantity,
    stock.closing_inbound_quantity as inbound_quantity,
    -- Without stock records nobody knows what is missing.
    (
        case
            when stock.closing_on_hand_quantity is not null
                then greatest(
                    forecast.q90_quantity + forecast.final_quantity - forecast.mean_quantity
                    + coalesce(forecast.quantity_before, 0)
                    - stock.closing_on_hand_quantity - coalesce(stock.closing_inbound_quantity, 0),
                    0
                )
        end
    )::numeric(18, 4) as shortfall_quantity
from promotions
inner join forecast using (company_id, promotion_id, product_id, planning_location_id)
left join items using (company_id, product_id, planning_location_id)
inner join policies on promotions.company_id = policies.company_id
left join stock
    on
        promotions.company_id = stock.company_id
        and promotions.product_id = stock.product_id
        and promotions.planning_location_id = stock.planning_location_id
        and forecast.stock_week_date = stock.week_start_date
where forecast.is_lead_known and forecast.last_week_date >= promotions.end_date - 6
