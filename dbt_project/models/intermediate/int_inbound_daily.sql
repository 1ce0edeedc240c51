{{ config(materialized='table') }}

-- Goods that entered a planning location from outside it. A transfer between two planning locations carries the day on
-- which the goods first entered the company, so that age survives it.
with movements as (
    select * from {{ ref('fct_stock_movements') }}
    where movement_type in ('receipt', 'transfer', 'return', 'found', 'adjustment')
),

locations as (
    select * from {{ ref('int_locations_planned') }}
)

select
    movements.company_id,
    movements.product_id,
    destinations.planning_location_id,
    movements.movement_date,
    movements.original_receipt_date,
    sum(movements.quantity) as inbound_quantity
from movements
inner join locations as destinations
    on movements.company_id = destinations.company_id and movements.to_location_id = destinations.location_id
left join locations as origins
    on movements.company_id = origins.company_id and movements.from_location_id = origins.location_id
where origins.planning_location_id is distinct from destinations.planning_location_id
group by
    movements.company_id,
    movements.product_id,
    destinations.planning_location_id,
    movements.movement_date,
    movements.original_receipt_date
