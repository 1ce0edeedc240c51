{{ config(materialized='table') }}

-- Stock per product, planning location and week. A day counts as a stock-out when the planning location's own record
-- is empty (the distribution centre of its stores); where it keeps none, when all its places together are empty.
with inventory as (
    select * from {{ ref('fct_inventory_daily') }}
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

daily as (
    select
        inventory.company_id,
        inventory.product_id,
        locations.planning_location_id,
        inventory.inventory_date,
        sum(inventory.on_hand_quantity) as on_hand_quantity,
        sum(inventory.on_hand_amount) as on_hand_amount,
        sum(inventory.on_order_quantity + inventory.in_transit_quantity) as inbound_quantity,
        coalesce(
            bool_or(inventory.is_stockout) filter (where inventory.location_id = locations.planning_location_id),
            sum(inventory.on_hand_quantity) <= 0
        ) as is_stockout
    from inventory
    inner join locations
        on inventory.company_id = locations.company_id and inventory.location_id = locations.location_id
    group by inventory.company_id, inventory.product_id, locations.planning_location_id, inventory.inventory_date
)

select
    company_id,
    product_id,
    planning_location_id,
    date_trunc('week', inventory_date)::date as week_start_date,
    count(*) as stock_days,
    count(*) filter (where is_stockout) as stockout_days,
    avg(on_hand_quantity) as average_on_hand_quantity,
    avg(on_hand_amount) as average_on_hand_amount,
    sum(on_hand_quantity) filter (where extract(isodow from inventory_date) = 7) as closing_on_hand_quantity,
    sum(on_hand_amount) filter (where extract(isodow from inventory_date) = 7) as closing_on_hand_amount,
    sum(inbound_quantity) filter (where extract(isodow from inventory_date) = 7) as closing_inbound_quantity
from daily
group by company_id, product_id, planning_location_id, date_trunc('week', inventory_date)
