-- Grain: one row per company, day, product, channel and device. Events without a product stand under product unknown.
-- Non-additive: session_count, over products.
-- depends_on: {{ ref('int_web_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_web_dates_affected', 'date_column': 'event_date'},
    indexes=[{'columns': ['company_id', 'event_date']}]
) }}

with events as (
    select
        *,
        coalesce(product_id, 'unknown') as item_id,
        coalesce(device, 'unknown') as device_kind
    from {{ ref('stg_web_events') }} as web_events
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_web_dates_affected'), 'web_events.company_id', 'web_events.event_date'
        ) }}
        {%- endif %}
),

counted as (
    select
        company_id,
        event_date,
        item_id,
        channel,
        device_kind,
        count(*) filter (where event_type = 'view')::integer as view_count,
        count(*) filter (where event_type = 'search')::integer as search_count,
        count(*) filter (where event_type = 'wishlist')::integer as wishlist_count,
        count(*) filter (where event_type = 'cart')::integer as cart_count,
        count(*) filter (where event_type = 'order')::integer as order_count,
        count(distinct session_id)::integer as session_count
    from events
    group by company_id, event_date, item_id, channel, device_kind
)

select
    {{ date_key('counted.event_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    counted.company_id,
    counted.item_id as product_id,
    counted.channel,
    counted.device_kind as device,
    counted.view_count,
    counted.search_count,
    counted.wishlist_count,
    counted.cart_count,
    counted.order_count,
    counted.session_count,
    counted.event_date
from counted
left join {{ ref('dim_product') }} as products
    on
        counted.company_id = products.company_id
        and counted.item_id = products.product_id
        and counted.event_date >= products.valid_from
        and counted.event_date < products.valid_to
