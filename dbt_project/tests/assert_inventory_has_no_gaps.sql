-- Every place has stock records for each day from its first snapshot to its last day; products come and go.
with inventory as (
    select
        company_id,
        location_id,
        count(distinct inventory_date) as day_count,
        max(inventory_date) - min(inventory_date) + 1 as expected_count
    from {{ ref('fct_inventory_daily') }}
    group by company_id, location_id
)

select *
from inventory
where day_count <> expected_count
