-- Grain: one row per company, day, sales channel and device with web sessions.
-- Non-additive: rates. A session that goes on past midnight counts on both days.
{{ config(indexes=[{'columns': ['company_id', 'event_date']}]) }}

with sessions as (
    select * from {{ ref('fct_web_sessions') }}
),

-- A log without a single order does not record them: what it says nothing of is unknown, not zero.
logs as (
    select
        company_id,
        bool_or(has_order) as has_orders
    from sessions
    group by company_id
),

days as (
    select
        company_id,
        event_date,
        channel,
        device,
        count(*) as session_count,
        count(*) filter (where is_signed_in) as signed_in_session_count,
        {% for step in ['view', 'search', 'wishlist', 'cart', 'order'] -%}
        count(*) filter (where {{ step }}_count > 0) as {{ step }}_session_count,
        sum({{ step }}_count) as {{ step }}_count,
        {% endfor -%}
        count(*) filter (where view_count > 0 and not has_order) as browse_session_count,
        count(*) filter (where cart_count > 0 and not has_order) as abandoned_cart_session_count
    from sessions
    group by company_id, event_date, channel, device
)

select
    days.company_id,
    days.event_date,
    days.channel,
    days.device,
    days.session_count::integer as session_count,
    days.signed_in_session_count::integer as signed_in_session_count,
    {% for step in ['view', 'search', 'wishlist', 'cart'] -%}
    days.{{ step }}_session_count::integer as {{ step }}_session_count,
    days.{{ step }}_count::integer as {{ step }}_count,
    {% endfor -%}
    case when logs.has_orders then days.order_session_count end::integer as order_session_count,
    case when logs.has_orders then days.order_count end::integer as order_count,
    case when logs.has_orders then days.browse_session_count end::integer as browse_session_count,
    case when logs.has_orders then days.abandoned_cart_session_count end::integer as abandoned_cart_session_count,
    (days.cart_session_count / nullif(days.view_session_count, 0)::numeric)::numeric(18, 6) as view_to_cart_pct,
    case
        when logs.has_orders then 1 - days.abandoned_cart_session_count / nullif(days.cart_session_count, 0)::numeric
    end::numeric(9, 6) as cart_to_order_pct,
    case when logs.has_orders then days.order_session_count / days.session_count::numeric end::numeric(9, 6)
        as conversion_pct
from days
inner join logs on days.company_id = logs.company_id
