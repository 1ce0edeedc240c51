{{ config(materialized='table') }}

-- How many planned products a category sells, and how many it has, at each planning location.
with demand as (
    select * from {{ ref('int_demand_weekly') }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
)

select
    demand.company_id,
    demand.planning_location_id,
    items.category_1,
    demand.week_start_date,
    count(*) filter (where demand.sold_quantity > 0) as selling_product_count,
    -- What is stocked is known only where the planning location keeps stock records.
    case
        when bool_and(demand.has_stock_records)
            then count(*) filter (where demand.closing_on_hand_quantity > 0 or demand.sold_quantity > 0)
    end as stocked_product_count
from demand
inner join items using (company_id, product_id, planning_location_id)
group by demand.company_id, demand.planning_location_id, items.category_1, demand.week_start_date
