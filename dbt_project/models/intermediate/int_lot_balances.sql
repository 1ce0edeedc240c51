{{ config(materialized='table') }}

-- What is left of each lot at each place at the close of the business date: what movements brought less what they took.
with movements as (
    select movements.*
    from {{ ref('fct_stock_movements') }} as movements
    inner join {{ ref('int_company_policies') }} as policies
        on movements.company_id = policies.company_id and movements.movement_date <= policies.business_date
    where movements.lot_id is not null
),

sides as (
    select company_id, to_location_id as location_id, product_id, lot_id, quantity
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
