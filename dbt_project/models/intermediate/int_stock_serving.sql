{{ config(materialized='table') }}

-- What decides which place serves a sale. Another hash tells tables made from it to begin anew.
with keepers as (
    select * from {{ ref('int_stock_keepers') }}
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

facts as (
    select company_id, hashtextextended(row(product_id, location_id)::text, 0) as fact_hash
    from keepers
    union all
    select company_id, hashtextextended(row(location_id, parent_location_id)::text, 1) as fact_hash
    from locations
)

select company_id, bit_xor(fact_hash) as serving_hash
from facts
group by company_id
