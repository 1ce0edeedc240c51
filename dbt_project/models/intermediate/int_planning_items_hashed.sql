{{ config(materialized='ephemeral') }}

-- Everything besides the records of its days that the tables of a planning item are made from.
with products as (
    select * from {{ ref('dim_product') }}
),

histories as (
    select
        company_id,
        product_id,
        bit_xor(hashtextextended(products::text, 0)) as product_hash
    from products
    group by company_id, product_id
),

facts as (
    select
        company_id,
        hashtextextended((to_jsonb(policies) - 'business_date' - 'last_complete_week_date')::text, 0) as fact_hash
    from {{ ref('int_company_policies') }} as policies
    union all
    select places.company_id, hashtextextended(row(places.location_id, places.planning_location_id)::text, 1)
    from {{ ref('int_locations_planned') }} as places
    union all
    select locations.company_id, hashtextextended(row(locations.location_id, locations.location_name)::text, 2)
    from {{ ref('dim_location') }} as locations
    where locations.is_current
    union all
    select places.company_id, hashtextextended(places.location_id, 3)
    from {{ ref('int_locations_selling') }} as places
    union all
    select bookers.company_id, hashtextextended('books returns', 4)
    from {{ ref('int_return_bookers') }} as bookers
),

companies as (
    select company_id, bit_xor(fact_hash) as company_hash
    from facts
    group by company_id
)

select
    items.company_id,
    items.product_id,
    items.planning_location_id,
    items.first_week_date,
    coalesce(products.category_1, 'unknown') as category_1,
    histories.product_hash,
    companies.company_hash
from {{ ref('int_planning_items') }} as items
inner join companies on items.company_id = companies.company_id
left join histories on items.company_id = histories.company_id and items.product_id = histories.product_id
left join products
    on items.company_id = products.company_id and items.product_id = products.product_id and products.is_current
