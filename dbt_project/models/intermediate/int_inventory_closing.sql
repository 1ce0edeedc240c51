{{ config(materialized='table') }}

-- What a place holds now. A table of its own: it is few rows of very many, and of a day that comes from another table the
-- planner does not know how few, so that what joins more than this to it goes astray.
select
    inventory.*,
    keepers.first_stock_date
from {{ ref('fct_inventory_daily') }} as inventory
inner join {{ ref('int_company_policies') }} as policies
    on inventory.company_id = policies.company_id and inventory.inventory_date = policies.business_date
inner join {{ ref('int_stock_keepers') }} as keepers
    on
        inventory.company_id = keepers.company_id
        and inventory.product_id = keepers.product_id
        and inventory.location_id = keepers.location_id
