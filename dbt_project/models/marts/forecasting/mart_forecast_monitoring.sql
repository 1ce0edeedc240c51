-- Grain: one row per company, business date, model version and measure.
-- Non-additive: every value and limit. Filter is_latest_run for how versions do now.
with measures as (
    select * from {{ ref('stg_demand_forecast_monitoring') }}
),

registry as (
    select * from {{ ref('stg_model_registry') }}
),

rollbacks as (
    -- Of several on a day, the last.
    select distinct on (company_id, business_date, withdrawn_version) *
    from {{ ref('stg_model_rollbacks') }}
    where use_case = 'demand_forecast'
    order by company_id asc, business_date asc, withdrawn_version asc, rollback_id desc
)

select
    measures.company_id,
    measures.run_id,
    measures.business_date,
    measures.model_version,
    registry.status as model_status,
    registry.trained_through_date,
    measures.measure_group,
    measures.measure_name,
    measures.business_date = max(measures.business_date) over (partition by measures.company_id) as is_latest_run,
    measures.first_week_date,
    measures.last_week_date,
    measures.row_count,
    measures.observed_value,
    measures.promised_value,
    measures.naive_value,
    measures.lower_limit,
    measures.upper_limit,
    measures.state,
    case
        when bool_or(measures.state = 'failing') over of_version then 'failing'
        when bool_or(measures.state = 'drifting' and measures.measure_group = 'error') over of_version then 'drifting'
        when bool_or(measures.state = 'ok' and measures.measure_group = 'error') over of_version then 'ok'
        else 'unjudged'
    end as version_state,
    rollbacks.restored_version,
    rollbacks.reason as rollback_reason,
    rollbacks.is_automatic as is_automatic_rollback,
    rollbacks.rolled_back_at,
    measures.monitored_at
from measures
inner join registry using (company_id, model_version)
left join rollbacks
    on
        measures.company_id = rollbacks.company_id
        and measures.business_date = rollbacks.business_date
        and measures.model_version = rollbacks.withdrawn_version
window of_version as (partition by measures.company_id, measures.business_date, measures.model_version)
