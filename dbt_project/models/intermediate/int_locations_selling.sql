{{ config(materialized='table') }}

-- A place sells from its first sale on; a storage never does.
select distinct
    sales.company_id,
    sales.location_id,
    locations.planning_location_id
from {{ ref('int_sales_categories_daily') }} as sales
inner join {{ ref('int_locations_planned') }} as locations
    on sales.company_id = locations.company_id and sales.location_id = locations.location_id
