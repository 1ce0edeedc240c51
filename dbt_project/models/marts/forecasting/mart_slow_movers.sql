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

demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

consumed as (
    -- Known only once the whole window has passed.
    select
        scores.company_id,
        scores.business_date,
        scores.model_version,
        scores.product_id,
        scores.planning_location_id,
        sum(demand.sold_quantity) as consumed_quantity,
        max(demand.week_start_date) + 6 as last_known_date
    from scores
    inner join demand
        on
            scores.company_id = demand.company_id
            and scores.product_id = demand.product_id
            and scores.planning_location_id = demand.planning_location_id
            and scores.as_of_date < demand.week_start_date
            and scores.window_end_date >= demand.week_start_date
    group by
        scores.company_id,
        scores.business_date,
        scores.model_version,
        scores.product_id,
        scores.planning_location_id
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
    case
        when consumed.last_known_date >= scores.window_end_date
            then greatest(scores.on_hand_quantity - consumed.consumed_quantity, 0)
    end::numeric(18, 4) as actual_unsold_quantity,
    scores.trained_through_date,
    scores.predicted_at
from scores
left join newest using (company_id, business_date, model_version)
left join items using (company_id, product_id, planning_location_id)
left join consumed using (company_id, business_date, model_version, product_id, planning_location_id)
inner join policies on scores.company_id = policies.company_id
