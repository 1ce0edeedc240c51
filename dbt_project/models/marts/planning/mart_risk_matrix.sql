-- Grain: one row per company, product and planning location, as of the last evaluation.
-- Non-additive: every score.
with scores as (
    select
        *,
        rank() over (partition by company_id order by business_date desc) as newest
    from {{ ref('stg_risk_scores') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
)

select
    scores.company_id,
    scores.product_id,
    items.product_name,
    items.category_1,
    scores.planning_location_id,
    items.planning_location_name,
    scores.business_date,
    scores.as_of_date,
    scores.demand_score::numeric(9, 4) as demand_score,
    scores.supply_score::numeric(9, 4) as supply_score,
    scores.competition_score::numeric(9, 4) as competition_score,
    scores.critical_score::numeric(9, 4) as critical_score,
    scores.critical_count::integer as critical_count,
    scores.critical_count = 3 as is_red,
    scores.parts::text as parts_json,
    scores.run_id
from scores
left join items
    on
        scores.company_id = items.company_id
        and scores.product_id = items.product_id
        and scores.planning_location_id = items.planning_location_id
where scores.newest = 1
