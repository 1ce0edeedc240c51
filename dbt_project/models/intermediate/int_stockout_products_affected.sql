{{ config(materialized='table') }}

-- What mart_stockouts_monthly shows in all months as it is today: names and units of products, and of a company, in the row
-- without a product, its places, its currency, and what decides which place serves. Another hash than in the build before
-- redoes all months of the product or the company.
{%- set is_known = existing_table('intermediate', 'int_stockout_products_affected') | trim %}

with facts as (
    select company_id, null as product_id, hashtextextended(currency, 0) as fact_hash
    from {{ ref('int_company_policies') }}
    union all
    select company_id, null as product_id, hashtextextended(row(location_id, location_name, location_type)::text, 1) as fact_hash
    from {{ ref('dim_location') }}
    where is_current
    union all
    select company_id, null as product_id, serving_hash as fact_hash
    from {{ ref('int_stock_serving') }}
    union all
    select company_id, product_id, hashtextextended(row(product_name, category_1, uom)::text, 2) as fact_hash
    from {{ ref('dim_product') }}
    where is_current
),

shown as (
    select company_id, product_id, bit_xor(fact_hash) as shown_hash
    from facts
    group by company_id, product_id
),

-- Nothing is known before the first build and in a full refresh.
known as (
    {% if is_known -%}
    select company_id, product_id, shown_hash, is_redone from {{ this }}
    {%- else -%}
    select company_id, product_id, shown_hash, true as is_redone from shown
    where false
    {%- endif %}
),

pending as (
    select {{ lists_are_pending() }} as is_pending
)

select
    shown.company_id,
    shown.product_id,
    shown.shown_hash,
    -- What no publication has shown yet is redone again: a run may have broken off before it came to the mart.
    (known.shown_hash is distinct from shown.shown_hash) or (known.is_redone and pending.is_pending) as is_redone
from shown
cross join pending
left join known
    on shown.company_id = known.company_id and coalesce(shown.product_id, '') = coalesce(known.product_id, '')
