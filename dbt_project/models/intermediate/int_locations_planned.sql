{{ config(materialized='table') }}

with locations as (
    select * from {{ ref('stg_locations') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    locations.company_id,
    locations.location_id,
    case policies.location_level
        when 'store' then locations.location_id
        when 'dc' then coalesce(locations.parent_location_id, locations.location_id)
        else 'ALL'
    end as planning_location_id
from locations
inner join policies on locations.company_id = policies.company_id
