{{ config(materialized='table') }}

-- The star keeps a place after its source has deleted it, and facts may name one that no master has: neither loses its
-- past here.
with locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

places as (
    select company_id, location_id from locations
    union
    select company_id, location_id from {{ ref('int_sales_categories_daily') }}
    union
    select company_id, location_id from {{ ref('int_stock_keepers') }}
),

planned as (
    select
        places.company_id,
        places.location_id,
        case policies.location_level
            when 'store' then places.location_id
            when 'dc' then coalesce(locations.parent_location_id, places.location_id)
            else 'ALL'
        end as planning_location_id
    from places
    inner join policies on places.company_id = policies.company_id
    left join locations
        on places.company_id = locations.company_id and places.location_id = locations.location_id
)

select
    *,
    bit_xor(hashtextextended(location_id, 0)) over (partition by company_id, planning_location_id) as places_hash
from planned
