-- Grain: one row per company and alert, from its first signal on: how it stands after the last evaluation.
-- Non-additive: rank_of_owner, deviation_pct. Values at risk of several rules on one item overlap.
{{ config(indexes=[{'columns': ['company_id', 'status']}]) }}

with alerts as (
    select * from {{ ref('int_alerts_decided') }}
),

signals as (
    select * from {{ ref('stg_alert_signals') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

companies as (
    select * from {{ ref('int_company_policies') }}
)

select
    alerts.company_id,
    alerts.alert_id,
    alerts.rule_id,
    signals.rule_version,
    signals.dimension,
    signals.direction,
    alerts.product_id,
    items.product_name,
    items.category_1,
    alerts.planning_location_id,
    items.planning_location_name,
    alerts.status,
    alerts.closed_date is null as is_alive,
    alerts.level,
    signals.observed_value,
    signals.standard_value,
    signals.deviation_pct,
    alerts.value_at_risk_amount,
    companies.currency,
    items.uom,
    signals.recommended_action,
    signals.action_quantity,
    signals.expected_effect_amount,
    alerts.owner_name,
    -- Until the next evaluation, one that was decided on since keeps its place.
    alerts.is_listed and alerts.status = 'open' as is_listed,
    alerts.rank_of_owner,
    alerts.business_date,
    alerts.first_seen_date,
    alerts.last_seen_date,
    alerts.streak,
    alerts.due_date,
    alerts.status = 'open' and alerts.due_date < alerts.business_date as is_overdue,
    alerts.snoozed_until_date,
    alerts.escalated_date,
    alerts.closed_date,
    alerts.raised_at,
    alerts.decision,
    alerts.decided_action,
    alerts.decision_reason,
    alerts.decided_by,
    alerts.decided_at,
    alerts.response_hours::numeric(18, 4) as response_hours,
    alerts.window_end_date,
    alerts.has_come_true,
    alerts.first_value_at_risk_amount,
    signals.message_en,
    signals.message_zh,
    signals.evidence::text as evidence_json,
    alerts.dedupe_key,
    alerts.run_id
from alerts
inner join signals
    on
        alerts.company_id = signals.company_id
        and alerts.last_seen_date = signals.business_date
        and alerts.rule_id = signals.rule_id
        and alerts.product_id = signals.product_id
        and alerts.planning_location_id = signals.planning_location_id
inner join companies on alerts.company_id = companies.company_id
left join items
    on
        alerts.company_id = items.company_id
        and alerts.product_id = items.product_id
        and alerts.planning_location_id = items.planning_location_id
