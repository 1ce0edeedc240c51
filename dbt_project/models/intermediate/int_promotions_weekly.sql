-- Place-days on which a product was promoted, per planning location and week.
with promotions as (
    select * from {{ ref('stg_promotions') }}
    where mechanic <> 'none' and product_id <> 'ALL'
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

place_weeks as (
    select
        promotions.company_id,
        promotions.product_id,
        promotions.location_id,
        week::date as week_start_date,
        least(promotions.end_date, week::date + 6) - greatest(promotions.start_date, week::date) + 1 as promoted_days
    from promotions
    cross join lateral generate_series(
        date_trunc('week', promotions.start_date), promotions.end_date, interval '7 days'
    ) as week
)

select
    place_weeks.company_id,
    place_weeks.product_id,
    locations.planning_location_id,
    place_weeks.week_start_date,
    sum(place_weeks.promoted_days) as promoted_place_days
from place_weeks
inner join locations
    on
        place_weeks.company_id = locations.company_id
        and (place_weeks.location_id = locations.location_id or place_weeks.location_id = 'ALL')
group by
    place_weeks.company_id, place_weeks.product_id, locations.planning_location_id, place_weeks.week_start_date
