-- Grain: one row per company, model version, scenario, stage (naive or stat), forecast week and lag in weeks.
-- Non-additive: every ratio. Weeks whose actuals have not arrived have no row; stock-out weeks count with what sold.
with runs as (
    select * from {{ ref('int_forecast_runs') }}
    where is_newest_of_date
),

demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

stages as (
    select
        runs.company_id,
        runs.model_version,
        runs.scenario_id,
        runs.week_start_date,
        runs.horizon_week,
        stage.stage_name,
        stage.forecast_quantity,
        demand.sold_quantity as actual_quantity,
        demand.is_stockout_week,
        case when stage.stage_name = 'stat' then demand.sold_quantity <= runs.q10_quantity end as is_below_q10,
        case when stage.stage_name = 'stat' then demand.sold_quantity <= runs.q50_quantity end as is_below_q50,
        case when stage.stage_name = 'stat' then demand.sold_quantity <= runs.q90_quantity end as is_below_q90,
        case when stage.stage_name = 'stat' then abs(demand.sold_quantity - runs.naive_quantity) end as naive_error
    from runs
    inner join demand using (company_id, product_id, planning_location_id, week_start_date)
    cross join lateral (
        values ('naive', runs.naive_quantity), ('stat', runs.mean_quantity)
    ) as stage (stage_name, forecast_quantity)
)

select
    company_id,
    model_version,
    scenario_id,
    stage_name,
    week_start_date,
    horizon_week as lag_weeks,
    count(*)::integer as item_count,
    count(*) filter (where is_stockout_week)::integer as stockout_item_count,
    sum(actual_quantity)::numeric(18, 4) as actual_quantity,
    sum(forecast_quantity)::numeric(18, 4) as forecast_quantity,
    sum(abs(actual_quantity - forecast_quantity))::numeric(18, 4) as absolute_error_quantity,
    (sum(abs(actual_quantity - forecast_quantity)) / nullif(sum(actual_quantity), 0))::numeric(18, 6) as wape,
    (sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0))::numeric(18, 6) as bias_over_pct,
    (
        (sum(naive_error) - sum(abs(actual_quantity - forecast_quantity))) / nullif(sum(actual_quantity), 0)
    )::numeric(18, 6) as fva_vs_naive,
    avg(is_below_q10::integer)::numeric(9, 6) as coverage_q10,
    avg(is_below_q50::integer)::numeric(9, 6) as coverage_q50,
    avg(is_below_q90::integer)::numeric(9, 6) as coverage_q90
from stages
group by company_id, model_version, scenario_id, stage_name, week_start_date, horizon_week
