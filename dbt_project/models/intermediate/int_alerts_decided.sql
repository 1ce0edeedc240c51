{{ config(tags=['after_alerts'], materialized='table') }}

with states as (
    select distinct on (company_id, alert_id) *
    from {{ ref('stg_alerts') }}
    order by company_id asc, alert_id asc, business_date desc
),

episodes as (
    select * from {{ ref('stg_alert_episodes') }}
),

actions as (
    select
        *,
        object_key ->> 'alert_id' as named_alert_id
    from {{ ref('stg_planner_actions') }}
    where object_type = 'mart_alerts' and action_type = 'feedback'
),

targets as (
    -- An evaluation that was repeated may have raised the alert under another id: then it names the decision that it took over.
    select
        actions.*,
        coalesce(named.alert_id, taken_over.alert_id)::text as alert_id
    from actions
    left join states as named on actions.company_id = named.company_id and actions.named_alert_id = named.alert_id::text
    left join states as taken_over
        on actions.company_id = taken_over.company_id and actions.action_id = taken_over.decision_id and named.alert_id is null
),

decided as (
    select
        company_id,
        alert_id,
        action_id,
        new_value ->> 'decision' as decision,
        new_value ->> 'action' as decided_action,
        reason as decision_reason,
        created_by as decided_by,
        created_at as decided_at,
        row_number() over (partition by company_id, alert_id order by action_id desc) as newest,
        min(created_at) filter (where new_value is not null) over (partition by company_id, alert_id) as first_decided_at
    from targets
    where alert_id is not null
),

outcomes as (
    select * from {{ ref('int_alert_outcomes') }}
)

select
    states.company_id,
    states.alert_id,
    states.dedupe_key,
    states.rule_id,
    states.product_id,
    states.planning_location_id,
    -- What a planner decided since counts from the next evaluation on, and shows at once.
    case
        when states.closed_date is not null or decided.action_id is null then states.status
        when decided.action_id <= states.decision_id then states.status
        when decided.decision in ('accept', 'change') then 'acknowledged'
        when decided.decision = 'reject' then 'rejected'
        when decided.decision = 'snooze' then 'snoozed'
        else 'open'
    end as status,
    states.level,
    states.value_at_risk_amount,
    states.owner_name,
    states.is_listed,
    states.rank_of_owner,
    states.business_date,
    states.first_seen_date,
    states.last_seen_date,
    states.streak,
    states.due_date,
    states.snoozed_until_date,
    states.escalated_date,
    states.closed_date,
    states.run_id,
    episodes.raised_at,
    decided.decision,
    decided.decided_action,
    decided.decision_reason,
    decided.decided_by,
    decided.decided_at,
    extract(epoch from decided.first_decided_at - episodes.raised_at) / 3600 as response_hours,
    outcomes.window_end_date,
    outcomes.has_come_true,
    outcomes.first_value_at_risk_amount,
    -- The planner's word first; where there is none, what came of it.
    case
        when decided.decision in ('accept', 'change') then true
        when decided.decision = 'reject' then false
        else outcomes.has_come_true
    end as is_right
from states
left join episodes on states.alert_id = episodes.alert_id
left join decided
    on states.company_id = decided.company_id and states.alert_id::text = decided.alert_id and decided.newest = 1
left join outcomes on states.company_id = outcomes.company_id and states.alert_id = outcomes.alert_id
