-- Grain: one row per company, day, product, channel and device. Events without a product stand under product unknown.
-- Non-additive: session_count, viewing_session_count and browse_session_count, over products.
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

visited as (
    select
        company_id,
        event_date,
        item_id,
        channel,
        device_kind,
        session_id,
        count(*) filter (where event_type = 'view') as view_count,
        count(*) filter (where event_type = 'search') as search_count,
        count(*) filter (where event_type = 'wishlist') as wishlist_count,
        count(*) filter (where event_type = 'cart') as cart_count,
        count(*) filter (where event_type = 'order') as order_count
    from events
    group by company_id, event_date, item_id, channel, device_kind, session_id
),

counted as (
    select
        company_id,
        event_date,
        item_id,
        channel,
        device_kind,
        sum(view_count)::integer as view_count,
        sum(search_count)::integer as search_count,
        sum(wishlist_count)::integer as wishlist_count,
        sum(cart_count)::integer as cart_count,
        sum(order_count)::integer as order_count,
        count(*)::integer as session_count,
        count(*) filter (where view_count > 0)::integer as viewing_session_count,
        count(*) filter (where view_count > 0 and order_count = 0)::integer as browse_session_count
    from visited
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
    counted.viewing_session_count,
    counted.browse_session_count,
    counted.event_date
from counted
left join {{ ref('dim_product') }} as products
    on
        counted.company_id = products.company_id
        and counted.item_id = products.product_id
        and counted.event_date >= products.valid_from
        and counted.event_date < products.valid_to
