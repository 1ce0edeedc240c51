-- Grain: one row per company, trained version, model compared, demand class (or all) and horizon week (0 = all weeks).
-- Non-additive: every measure but counts. The champion stands beside the baselines on the same cut-offs.
with backtests as (
    select * from {{ ref('stg_demand_forecast_backtests') }}
),

registry as (
    select * from {{ ref('stg_model_registry') }}
)

select
    backtests.company_id,
    backtests.model_version,
    registry.status as model_status,
    registry.trained_through_date,
    backtests.model_name,
    backtests.demand_class,
    backtests.horizon_week,
    backtests.is_champion,
    backtests.cutoff_count,
    backtests.series_count,
    backtests.actual_quantity,
    backtests.wql,
    backtests.wape,
    backtests.bias as bias_over_pct,
    backtests.mase,
    backtests.coverage_q10,
    backtests.coverage_q50,
    backtests.coverage_q90
from backtests
inner join registry using (company_id, model_version)
