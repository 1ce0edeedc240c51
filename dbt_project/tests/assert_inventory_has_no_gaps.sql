-- Every product and place has a row for each day from its first snapshot to the business date.
with inventory as (
    select
        company_id,
        location_id,
        product_id,
        count(*) as day_count,
        max(inventory_date) - min(inventory_date) + 1 as expected_count
    from {{ ref('fct_inventory_daily') }}
    group by company_id, location_id, product_id
)

select *
from inventory
where day_count <> expected_count
