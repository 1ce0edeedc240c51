{{ config(materialized='table') }}

-- Place-days on which a product was promoted, per planning location and week.
with promotions as (
    select * from {{ ref('stg_promotions') }}
    where not is_deleted and mechanic <> 'none' and product_id <> 'ALL'
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

placed as (
    select
        promotions.company_id,
        promotions.product_id,
        promotions.start_date,
        promotions.end_date,
        locations.planning_location_id
    from promotions
    inner join locations
        on promotions.company_id = locations.company_id and promotions.location_id = locations.location_id

    union all

    select
        promotions.company_id,
        promotions.product_id,
        promotions.start_date,
        promotions.end_date,
        locations.planning_location_id
    from promotions
    inner join locations on promotions.company_id = locations.company_id
    where promotions.location_id = 'ALL'
)

select
    placed.company_id,
    placed.product_id,
    placed.planning_location_id,
    week::date as week_start_date,
    sum(
        least(placed.end_date, week::date + 6) - greatest(placed.start_date, week::date) + 1
    ) as promoted_place_days
from placed
cross join lateral generate_series(
    date_trunc('week', placed.start_date), placed.end_date, interval '7 days'
) as week
group by placed.company_id, placed.product_id, placed.planning_location_id, week::date
