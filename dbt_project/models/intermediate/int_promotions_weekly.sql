{{ config(materialized='table') }}

-- Place-days are counted once, however many promotions overlap, and over the places that sell: a storage never does. What
-- runs everywhere is not written out by place: all that a place's own promotions can add are the days without it.
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

promoted as (
    select
        promotions.company_id,
        promotions.product_id,
        promotions.location_id,
        week::date as week_start_date,
        range_agg(
            daterange(greatest(promotions.start_date, week::date), least(promotions.end_date, week::date + 6), '[]')
        ) as days
    from promotions
    cross join lateral generate_series(
        date_trunc('week', promotions.start_date), promotions.end_date, interval '7 days'
    ) as week
    group by promotions.company_id, promotions.product_id, promotions.location_id, week::date
),

everywhere as (
    select
        promoted.*,
        (select sum(upper(span) - lower(span)) from unnest(promoted.days) as span) as day_count
    from promoted
    where promoted.location_id = 'ALL'
),

place_days as (
    select
        everywhere.company_id,
        everywhere.product_id,
        place_counts.planning_location_id,
        everywhere.week_start_date,
        everywhere.day_count * place_counts.place_count as day_count
    from everywhere
    inner join place_counts on everywhere.company_id = place_counts.company_id

    union all

    select
        promoted.company_id,
        promoted.product_id,
        places.planning_location_id,
        promoted.week_start_date,
        (
            select coalesce(sum(upper(span) - lower(span)), 0)
            from unnest(promoted.days - coalesce(everywhere.days, '{}')) as span
        ) as day_count
    from promoted
    inner join selling_places as places
        on promoted.company_id = places.company_id and promoted.location_id = places.location_id
    left join everywhere
        on
            promoted.company_id = everywhere.company_id
            and promoted.product_id = everywhere.product_id
            and promoted.week_start_date = everywhere.week_start_date
)

select
    place_days.company_id,
    place_days.product_id,
    place_days.planning_location_id,
    place_days.week_start_date,
    (sum(place_days.day_count) / (7.0 * min(place_counts.place_count)))::numeric(9, 6) as promoted_share
from place_days
inner join place_counts
    on
        place_days.company_id = place_counts.company_id
        and place_days.planning_location_id = place_counts.planning_location_id
group by
    place_days.company_id, place_days.product_id, place_days.planning_location_id, place_days.week_start_date
