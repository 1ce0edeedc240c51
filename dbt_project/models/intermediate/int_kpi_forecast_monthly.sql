-- Forecasts made one to four weeks ahead, by the month in which their week ends. A view: forecasts come after the build.
{{ config(tags=['after_ml']) }}

with weeks as (
    select
        runs.company_id,
        date_trunc('month', runs.week_start_date + 6)::date as month_start_date,
        abs(runs.mean_quantity - demand.sold_quantity) as absolute_error_quantity,
        runs.mean_quantity - demand.sold_quantity as error_quantity,
        demand.sold_quantity
    from {{ ref('int_forecast_runs') }} as runs
    inner join {{ ref('fct_demand_weekly') }} as demand
        using (company_id, product_id, planning_location_id, week_start_date)
    where runs.is_newest_of_date and runs.scenario_id = 'base' and runs.horizon_week <= 4
),

sums as (
    select
        company_id,
        month_start_date,
        sum(absolute_error_quantity) as absolute_error_quantity,
        sum(error_quantity) as error_quantity,
        sum(sold_quantity) as sold_quantity
    from weeks
    group by company_id, month_start_date
)

select
    sums.company_id,
    sums.month_start_date,
    kpis.kpi_id,
    kpis.numerator::numeric(24, 6) as numerator,
    sums.sold_quantity::numeric(24, 6) as denominator
from sums
cross join lateral (
    values ('forecast_wape', sums.absolute_error_quantity), ('forecast_bias', sums.error_quantity)
) as kpis (kpi_id, numerator)
