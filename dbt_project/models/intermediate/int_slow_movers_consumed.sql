{{ config(tags=['after_ml'], materialized='table') }}

with scores as (
    select * from {{ ref('stg_slow_mover_scores') }}
),

demand as (
    select * from {{ ref('fct_demand_weekly') }}
)

select
    scores.company_id,
    scores.business_date,
    scores.model_version,
    scores.product_id,
    scores.planning_location_id,
    scores.window_end_date,
    scores.on_hand_quantity,
    scores.on_hand_amount,
    greatest(scores.on_hand_quantity - sum(demand.sold_quantity), 0)::numeric(18, 4) as actual_unsold_quantity
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
    scores.planning_location_id,
    scores.window_end_date,
    scores.on_hand_quantity,
    scores.on_hand_amount
-- Known only once the whole window has passed.
having max(demand.week_start_date) + 6 >= scores.window_end_date
