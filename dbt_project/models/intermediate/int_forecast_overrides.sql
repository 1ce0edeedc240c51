-- What planners said of a forecast while it was the plan in force: of several, the last before the next run.
{{ config(tags=['after_ml']) }}

with runs as (
    select * from {{ ref('int_forecast_runs') }}
),

actions as (
    select
        action_id,
        company_id,
        coalesce(object_key ->> 'scenario_id', 'base') as scenario_id,
        object_key ->> 'product_id' as product_id,
        object_key ->> 'planning_location_id' as planning_location_id,
        object_key ->> 'week_start_date' as week_start_text,
        -- What the table refuses today may have been written before it did.
        case
            when jsonb_typeof(new_value -> 'override_quantity') = 'number'
                then (new_value ->> 'override_quantity')::numeric
        end as override_quantity,
        reason,
        created_by,
        created_at,
        expires_at
    from {{ ref('stg_planner_actions') }}
    where action_type = 'override' and object_type = 'mart_forecast_weekly'
),

last_said as (
    select distinct on (
        runs.company_id, runs.scenario_id, runs.business_date, runs.model_version, runs.product_id,
        runs.planning_location_id, runs.week_start_date
    )
        runs.company_id,
        runs.scenario_id,
        runs.business_date,
        runs.model_version,
        runs.product_id,
        runs.planning_location_id,
        runs.week_start_date,
        actions.override_quantity,
        actions.reason as override_reason,
        actions.created_by as override_by,
        actions.created_at as override_at,
        actions.expires_at as override_expires_at
    from runs
    inner join actions
        on
            runs.company_id = actions.company_id
            and runs.scenario_id = actions.scenario_id
            and runs.product_id = actions.product_id
            and runs.planning_location_id = actions.planning_location_id
            and runs.week_start_date::text = actions.week_start_text
    where actions.created_at < coalesce(runs.superseded_at, 'infinity')
    order by
        runs.company_id asc,
        runs.scenario_id asc,
        runs.business_date asc,
        runs.model_version asc,
        runs.product_id asc,
        runs.planning_location_id asc,
        runs.week_start_date asc,
        actions.action_id desc
)

select * from last_said
where
    override_quantity is not null
    and (override_expires_at is null or (override_expires_at at time zone 'UTC')::date > week_start_date)
