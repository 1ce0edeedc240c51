{{ config(materialized='table') }}

-- Share of place-days on which a product was promoted, per planning location and week.
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
),

selling_places as (
    select
        locations.company_id,
        locations.planning_location_id,
        count(*) as place_count
    from (select distinct company_id, location_id from {{ ref('fct_sales_daily') }}) as sales
    inner join locations on sales.company_id = locations.company_id and sales.location_id = locations.location_id
    group by locations.company_id, locations.planning_location_id
)

select
    placed.company_id,
    placed.product_id,
    placed.planning_location_id,
    week::date as week_start_date,
    least(
        sum(least(placed.end_date, week::date + 6) - greatest(placed.start_date, week::date) + 1)
        / (7.0 * selling_places.place_count), 1
    )::numeric(9, 6) as promoted_share
from placed
inner join selling_places
    on
        placed.company_id = selling_places.company_id
        and placed.planning_location_id = selling_places.planning_location_id
cross join lateral generate_series(
    date_trunc('week', placed.start_date), placed.end_date, interval '7 days'
) as week
group by
    placed.company_id, placed.product_id, placed.planning_location_id, week::date, selling_places.place_count
