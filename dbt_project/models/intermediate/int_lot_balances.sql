{{ config(materialized='table') }}

-- What is left of each lot at each place at the close of the business date: the latest count of lots of companies that deliver
-- such, carried on by the movements of the lots since; else what movements brought less what they took.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

counts as (
    select
        lots.company_id,
        max(lots.snapshot_date) as counted_date
    from {{ ref('fct_stock_lots') }} as lots
    inner join policies on lots.company_id = policies.company_id and lots.snapshot_date <= policies.business_date
    group by lots.company_id
),

counted as (
    select
        lots.company_id,
        lots.location_id,
        lots.product_id,
        lots.lot_id,
        lots.on_hand_quantity as quantity
    from {{ ref('fct_stock_lots') }} as lots
    inner join counts on lots.company_id = counts.company_id and lots.snapshot_date = counts.counted_date
),

movements as (
    select movements.*
    from {{ ref('fct_stock_movements') }} as movements
    inner join policies on movements.company_id = policies.company_id and movements.movement_date <= policies.business_date
    left join counts on movements.company_id = counts.company_id
    where
        movements.lot_id is not null
        and (counts.counted_date is null or movements.movement_date > counts.counted_date)
),

sides as (
    select company_id, location_id, product_id, lot_id, quantity
    from counted
    union all
    select company_id, to_location_id, product_id, lot_id, quantity
    from movements
    where to_location_id is not null
    union all
    select company_id, from_location_id, product_id, lot_id, -quantity
    from movements
    where from_location_id is not null
)

select
    company_id,
    location_id,
    product_id,
    lot_id,
    sum(quantity)::numeric(18, 4) as on_hand_quantity
from sides
group by company_id, location_id, product_id, lot_id
having sum(quantity) > 0
