-- Grain: one row per company, run (business date, model version, scenario), product, planning location and future week.
-- Non-additive: deciles (sums of quantiles are not quantiles of sums). Filter is_latest_run for the plan in force.
{{ config(indexes=[{'columns': ['company_id', 'is_latest_run', 'week_start_date']}]) }}

with runs as (
    select * from {{ ref('int_forecast_runs') }}
),

overrides as (
    select * from {{ ref('int_forecast_overrides') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

estimates as (
    select * from {{ ref('int_demand_estimates') }}
),

prices as (
    select * from {{ ref('dim_product') }}
)

select
    runs.company_id,
    runs.run_id,
    runs.scenario_id,
    runs.business_date,
    runs.product_id,
    items.product_name,
    items.category_1,
    runs.planning_location_id,
    items.planning_location_name,
    runs.week_start_date,
    runs.horizon_week,
    items.uom,
    runs.is_latest_run,
    runs.model_name,
    runs.model_version,
    runs.trained_through_date,
    runs.demand_class,
    runs.is_fallback,
    runs.data_status,
    runs.promoted_share,
    runs.baseline_quantity,
    (
        case when runs.promoted_share > 0 then runs.mean_quantity - runs.baseline_quantity when runs.promoted_share = 0 then 0 end
    )::numeric(18, 4) as promo_uplift_quantity,
    (
        case when runs.promoted_share > 0 then 0 else runs.mean_quantity - runs.baseline_quantity end
    )::numeric(18, 4) as cannibalisation_quantity,
    runs.mean_quantity as forecast_stat_quantity,
    runs.q05_quantity,
    runs.q10_quantity,
    runs.q20_quantity,
    runs.q25_quantity,
    runs.q30_quantity,
    runs.q40_quantity,
    runs.q50_quantity,
    runs.q60_quantity,
    runs.q70_quantity,
    runs.q75_quantity,
    runs.q80_quantity,
    runs.q90_quantity,
    runs.q95_quantity,
    runs.q975_quantity,
    runs.naive_quantity,
    prices.list_price as price_assumed,
    (runs.mean_quantity * prices.list_price)::numeric(18, 4) as forecast_amount,
    overrides.override_quantity::numeric(18, 4) as override_quantity,
    overrides.override_reason,
    overrides.override_by,
    overrides.override_at,
    overrides.override_expires_at,
    coalesce(overrides.override_quantity, runs.mean_quantity)::numeric(18, 4) as final_quantity,
    (coalesce(overrides.override_quantity, runs.mean_quantity) * prices.list_price)::numeric(18, 4) as final_amount,
    prices.currency,
    demand.sold_quantity as actual_quantity,
    demand.stockout_days as actual_stockout_days,
    -- Of weeks before the estimates began nobody knows.
    (
        case
            when demand.stockout_days = 0 or not policies.stockouts_lose_sales then demand.sold_quantity
            -- Late sales of weeks that are no longer estimated.
            when estimates.demand_est_quantity < demand.sold_quantity then demand.sold_quantity
            else estimates.demand_est_quantity
        end
    )::numeric(18, 4) as demand_est_quantity,
    case
        when demand.stockout_days = 0 or (demand.stockout_days > 0 and not policies.stockouts_lose_sales) then 'observed'
        else estimates.demand_est_method
    end as demand_est_method,
    runs.predicted_at
from runs
left join overrides
    using (
        company_id, scenario_id, business_date, model_version, product_id, planning_location_id, week_start_date
    )
left join items using (company_id, product_id, planning_location_id)
left join demand using (company_id, product_id, planning_location_id, week_start_date)
left join estimates using (company_id, product_id, planning_location_id, week_start_date)
inner join policies on runs.company_id = policies.company_id
left join prices
    on
        runs.company_id = prices.company_id
        and runs.product_id = prices.product_id
        and runs.business_date >= prices.valid_from
        and runs.business_date < prices.valid_to
