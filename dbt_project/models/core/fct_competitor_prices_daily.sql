-- Grain: one row per company, day, competitor and own product: the last price seen on the day.
-- Non-additive: price, regular_price, match_confidence.
-- depends_on: {{ ref('int_competitor_price_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_competitor_price_dates_affected', 'date_column': 'seen_date'},
    indexes=[{'columns': ['company_id', 'seen_date']}, {'columns': ['company_id', 'product_id']}]
) }}

with seen as (
    select *
    from {{ ref('stg_competitor_prices') }} as competitor_prices
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_competitor_price_dates_affected'), 'competitor_prices.company_id', 'competitor_prices.seen_date'
        ) }}
        {%- endif %}
),

last_of_day as (
    select distinct on (company_id, seen_date, competitor_id, product_id)
        *,
        (count(*) over (partition by company_id, seen_date, competitor_id, product_id))::integer as observation_count
    from seen
    order by company_id asc, seen_date asc, competitor_id asc, product_id asc, seen_at desc
)

select
    {{ surrogate_key([
        'last_of_day.company_id', 'last_of_day.seen_date', 'last_of_day.competitor_id', 'last_of_day.product_id',
    ]) }} as competitor_price_key,
    {{ date_key('last_of_day.seen_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    last_of_day.company_id,
    last_of_day.competitor_id,
    coalesce(last_of_day.competitor_name, last_of_day.competitor_id) as competitor_name,
    last_of_day.product_id,
    last_of_day.competitor_product_code,
    last_of_day.currency,
    last_of_day.uom,
    last_of_day.price,
    coalesce(last_of_day.regular_price, last_of_day.price)::numeric(18, 4) as regular_price,
    last_of_day.match_confidence,
    -- A competitor who marks no promotion may still strike a price through.
    coalesce(last_of_day.is_promotion, last_of_day.price < last_of_day.regular_price, false) as is_promotion,
    last_of_day.is_in_stock,
    last_of_day.observation_count,
    last_of_day.seen_date,
    last_of_day.seen_at
from last_of_day
left join {{ ref('dim_product') }} as products
    on
        last_of_day.company_id = products.company_id
        and last_of_day.product_id = products.product_id
        and last_of_day.seen_date >= products.valid_from
        and last_of_day.seen_date < products.valid_to
