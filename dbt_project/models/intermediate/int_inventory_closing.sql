{{ config(materialized='table') }}

-- What a place holds now. A table of its own: it is few rows of very many, and of a day that comes from another table the
-- planner does not know how few, so that what joins more than this to it goes astray.
with beginnings as (
    select company_id, product_id, location_id, min(first_stock_date) as first_stock_date
    from {{ ref('int_inventory_monthly') }}
    group by company_id, product_id, location_id
)

select
    inventory.*,
    beginnings.first_stock_date
from {{ ref('fct_inventory_daily') }} as inventory
inner join {{ ref('int_company_policies') }} as policies
    on inventory.company_id = policies.company_id and inventory.inventory_date = policies.business_date
inner join beginnings
    on
        inventory.company_id = beginnings.company_id
        and inventory.product_id = beginnings.product_id
        and inventory.location_id = beginnings.location_id
