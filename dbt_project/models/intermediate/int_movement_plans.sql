-- Which place is planned where, as one hash: another one tells what is made from movements between places to begin anew.
select
    company_id,
    bit_xor(hashtextextended(row(location_id, planning_location_id)::text, 0)) as plans_hash
from {{ ref('int_locations_planned') }}
group by company_id
