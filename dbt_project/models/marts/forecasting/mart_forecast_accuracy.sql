-- Grain: one row per company, model version, scenario, level (all, demand class or category) and its value, stage (naive,
-- stat or override), forecast week and lag in weeks.
-- Non-additive: every ratio, and rows of different levels. Weeks whose actuals have not arrived have no row; stock-out weeks count
-- with what sold.
with runs as (
    select * from {{ ref('int_forecast_runs') }}
    where is_newest_of_date
),

overrides as (
    select * from {{ ref('int_forecast_overrides') }}
),

demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

compared as materialized (
    -- Once per forecast, not once per stage and level below.
    select
        runs.company_id,
        runs.model_version,
        runs.scenario_id,
        runs.week_start_date,
        runs.horizon_week,
        runs.demand_class,
        items.category_1,
        runs.naive_quantity,
        runs.mean_quantity as stat_quantity,
        coalesce(overrides.override_quantity, runs.mean_quantity) as final_quantity,
        overrides.override_quantity is not null as is_overridden,
        demand.sold_quantity as actual_quantity,
        demand.is_stockout_week,
        demand.sold_quantity <= runs.q10_quantity as is_below_q10,
        demand.sold_quantity <= runs.q50_quantity as is_below_q50,
        demand.sold_quantity <= runs.q90_quantity as is_below_q90,
        (
            {% for tenth in range(1, 10) -%}
            greatest(
                {{ tenth }} * (demand.sold_quantity - runs.q{{ tenth }}0_quantity),
                {{ 10 - tenth }} * (runs.q{{ tenth }}0_quantity - demand.sold_quantity)
            ){{ ' +' if not loop.last }}
            {% endfor -%}
        ) / 45.0 as quantile_loss
    from runs
    inner join demand using (company_id, product_id, planning_location_id, week_start_date)
    left join overrides
        using (
            company_id, scenario_id, business_date, model_version, product_id, planning_location_id, week_start_date
        )
    left join items using (company_id, product_id, planning_location_id)
),

stages as (
    select
        compared.*,
        level.level_name,
        level.level_value,
        stage.stage_name,
        stage.forecast_quantity,
        abs(compared.actual_quantity - stage.forecast_quantity) as absolute_error,
        abs(compared.actual_quantity - stage.previous_quantity) as previous_error,
        case when stage.stage_name <> 'naive' then abs(compared.actual_quantity - compared.naive_quantity) end
            as naive_error
    from compared
    cross join lateral (
        values
        ('naive', compared.naive_quantity, null),
        ('stat', compared.stat_quantity, compared.naive_quantity),
        ('override', compared.final_quantity, compared.stat_quantity)
    ) as stage (stage_name, forecast_quantity, previous_quantity)
    cross join lateral (
        values
        ('all', 'all'),
        ('demand_class', compared.demand_class),
        ('category_1', coalesce(compared.category_1, 'unknown'))
    ) as level (level_name, level_value)
)

select
    company_id,
    model_version,
    scenario_id,
    level_name,
    level_value,
    stage_name,
    week_start_date,
    horizon_week as lag_weeks,
    count(*)::integer as item_count,
    count(*) filter (where is_stockout_week)::integer as stockout_item_count,
    count(*) filter (where is_overridden)::integer as override_item_count,
    sum(actual_quantity)::numeric(18, 4) as actual_quantity,
    sum(forecast_quantity)::numeric(18, 4) as forecast_quantity,
    sum(absolute_error)::numeric(18, 4) as absolute_error_quantity,
    (sum(absolute_error) / nullif(sum(actual_quantity), 0))::numeric(18, 6) as wape,
    (sum(forecast_quantity - actual_quantity) / nullif(sum(actual_quantity), 0))::numeric(18, 6) as bias_over_pct,
    (sum(actual_quantity - forecast_quantity) / nullif(avg(absolute_error), 0))::numeric(18, 6) as tracking_signal,
    ((sum(naive_error) - sum(absolute_error)) / nullif(sum(actual_quantity), 0))::numeric(18, 6) as fva_vs_naive,
    ((sum(previous_error) - sum(absolute_error)) / nullif(sum(actual_quantity), 0))::numeric(18, 6)
        as fva_vs_previous_stage,
    (
        sum(quantile_loss) filter (where stage_name = 'stat') / nullif(sum(actual_quantity), 0)
    )::numeric(18, 6) as wql,
    (avg(is_below_q10::integer) filter (where stage_name = 'stat'))::numeric(9, 6) as coverage_q10,
    (avg(is_below_q50::integer) filter (where stage_name = 'stat'))::numeric(9, 6) as coverage_q50,
    (avg(is_below_q90::integer) filter (where stage_name = 'stat'))::numeric(9, 6) as coverage_q90
from stages
group by
    company_id, model_version, scenario_id, level_name, level_value, stage_name, week_start_date, horizon_week
