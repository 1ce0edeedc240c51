-- Grain: one row per company, run (business date, model version), product and planning location with stock on hand.
-- Non-additive: probability. Filter is_latest_run for the list in force.
{{ config(indexes=[{'columns': ['company_id', 'is_latest_run']}]) }}

with scores as (
    select * from {{ ref('stg_slow_mover_scores') }}
),

newest as (
    {{ newest_runs('scores') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

consumed as (
    select * from {{ ref('int_slow_movers_consumed') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    scores.company_id,
    scores.run_id,
    scores.business_date,
    scores.model_version,
    scores.product_id,
    items.product_name,
    items.category_1,
    items.category_2,
    items.brand,
    items.product_status,
    scores.planning_location_id,
    items.planning_location_name,
    items.uom,
    policies.currency,
    newest.model_version is not null as is_latest_run,
    scores.as_of_date,
    scores.window_start_date,
    scores.window_end_date,
    scores.on_hand_quantity,
    scores.on_hand_amount,
    scores.probability,
    scores.risk_band,
    scores.is_flagged,
    scores.expected_unsold_quantity,
    scores.expected_unsold_amount,
    array_to_string(scores.rule_flags, ', ') as rule_flags,
    scores.reason_1,
    scores.reason_2,
    scores.reason_3,
    consumed.actual_unsold_quantity,
    scores.trained_through_date,
    scores.predicted_at
from scores
left join newest using (company_id, business_date, model_version)
left join items using (company_id, product_id, planning_location_id)
left join consumed using (company_id, business_date, model_version, product_id, planning_location_id)
inner join policies on scores.company_id = policies.company_id
