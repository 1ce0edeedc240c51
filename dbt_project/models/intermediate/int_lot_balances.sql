{{ config(materialized='table') }}

-- What is left of each lot at each place at the close of the business date: the latest count of the place, carried on by the
-- movements of the lots since; else what movements brought less what they took. A place without a lot in any count of its
-- company was empty at the latest of them.
with counted as (
    select * from {{ ref('int_lots_counted') }}
),

places as (
    select distinct company_id, location_id, counted_date
    from counted
),

companies as (
    select company_id, max(counted_date) as counted_date
    from counted
    group by company_id
),

-- What moved before every count is in all of them.
uncounted as (
    select
        policies.company_id,
        policies.business_date,
        coalesce(min(places.counted_date), '-infinity') as counted_date
    from {{ ref('int_company_policies') }} as policies
    left join places on policies.company_id = places.company_id
    group by policies.company_id, policies.business_date
),

movements as (
    select movements.*
    from {{ ref('fct_stock_movements') }} as movements
    inner join uncounted
        on
            movements.company_id = uncounted.company_id
            and movements.movement_date > uncounted.counted_date
            and movements.movement_date <= uncounted.business_date
    where movements.lot_id is not null
),

sides as (
    select company_id, to_location_id as location_id, product_id, lot_id, quantity, movement_date
    from movements
    where to_location_id is not null
    union all
    select company_id, from_location_id as location_id, product_id, lot_id, -quantity, movement_date
    from movements
    where from_location_id is not null
),

parts as (
    select company_id, location_id, product_id, lot_id, on_hand_quantity as quantity
    from counted
    union all
    select sides.company_id, sides.location_id, sides.product_id, sides.lot_id, sides.quantity
    from sides
    left join places on sides.company_id = places.company_id and sides.location_id = places.location_id
    left join companies on sides.company_id = companies.company_id
    where sides.movement_date > coalesce(places.counted_date, companies.counted_date, date '-infinity')
)

select
    company_id,
    location_id,
    product_id,
    lot_id,
    sum(quantity)::numeric(18, 4) as on_hand_quantity
from parts
group by company_id, location_id, product_id, lot_id
having sum(quantity) > 0
