{{ config(materialized='table') }}

-- Place-days are counted once, however many promotions overlap, and over the places that sell: a storage never does.
with promotions as (
    select * from {{ ref('stg_promotions') }}
    where not is_deleted and mechanic <> 'none' and product_id <> 'ALL'
),

selling_places as (
    select * from {{ ref('int_locations_selling') }}
),

place_counts as (
    select company_id, planning_location_id, count(*) as place_count
    from selling_places
    group by company_id, planning_location_id
),

placed as (
    select
        promotions.company_id,
        promotions.product_id,
        promotions.start_date,
        promotions.end_date,
        places.location_id,
        places.planning_location_id
    from promotions
    inner join selling_places as places
        on promotions.company_id = places.company_id and promotions.location_id = places.location_id

    union all

    select
        promotions.company_id,
        promotions.product_id,
        promotions.start_date,
        promotions.end_date,
        places.location_id,
        places.planning_location_id
    from promotions
    inner join selling_places as places on promotions.company_id = places.company_id
    where promotions.location_id = 'ALL'
),

promoted as (
    select
        placed.company_id,
        placed.product_id,
        placed.planning_location_id,
        placed.location_id,
        week::date as week_start_date,
        range_agg(
            daterange(greatest(placed.start_date, week::date), least(placed.end_date, week::date + 6), '[]')
        ) as promoted_days
    from placed
    cross join lateral generate_series(
        date_trunc('week', placed.start_date), placed.end_date, interval '7 days'
    ) as week
    group by
        placed.company_id, placed.product_id, placed.planning_location_id, placed.location_id, week::date
)

select
    promoted.company_id,
    promoted.product_id,
    promoted.planning_location_id,
    promoted.week_start_date,
    (sum(upper(span) - lower(span)) / (7.0 * min(place_counts.place_count)))::numeric(9, 6) as promoted_share
from promoted
inner join place_counts
    on
        promoted.company_id = place_counts.company_id
        and promoted.planning_location_id = place_counts.planning_location_id
cross join lateral unnest(promoted.promoted_days) as span
group by promoted.company_id, promoted.product_id, promoted.planning_location_id, promoted.week_start_date
