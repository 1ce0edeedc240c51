-- Grain: one row per company, day and session; a session that goes on past midnight counts on both days.
-- Additive but for has_order and is_signed_in, which are flags.
-- depends_on: {{ ref('int_web_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_web_dates_affected', 'date_column': 'event_date'},
    indexes=[{'columns': ['company_id', 'event_date']}]
) }}

with events as (
    select *
    from {{ ref('stg_web_events') }} as web_events
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_web_dates_affected'), 'web_events.company_id', 'web_events.event_date'
        ) }}
        {%- endif %}
),

sessions as (
    select
        company_id,
        event_date,
        session_id,
        min(channel) as channel,
        coalesce(min(device), 'unknown') as device,
        coalesce(min(referrer), 'unknown') as referrer,
        -- A visitor who signs in on the way is known for the whole session.
        coalesce(max(customer_id), 'unknown') as customer_id,
        max(location_id) as location_id,
        (
            array_agg(transaction_id order by occurred_at asc, transaction_id asc)
            filter (where event_type = 'order' and transaction_id is not null)
        )[1] as transaction_id,
        count(*) filter (where event_type = 'view')::integer as view_count,
        count(*) filter (where event_type = 'search')::integer as search_count,
        count(*) filter (where event_type = 'wishlist')::integer as wishlist_count,
        count(*) filter (where event_type = 'cart')::integer as cart_count,
        -- Where orders name no sale, nobody knows how many they were: at least one.
        count(distinct transaction_id) filter (where event_type = 'order')::integer
        + bool_or(event_type = 'order' and transaction_id is null)::integer as order_count,
        min(occurred_at) as started_at,
        max(occurred_at) as ended_at
    from events
    group by company_id, event_date, session_id
)

select
    {{ surrogate_key(['sessions.company_id', 'sessions.event_date', 'sessions.session_id']) }} as web_session_key,
    {{ date_key('sessions.event_date') }} as date_key,
    {{ member_key('customers', 'customer_key') }} as customer_key,
    sessions.company_id,
    sessions.session_id,
    sessions.channel,
    sessions.device,
    sessions.referrer,
    sessions.customer_id,
    sessions.location_id,
    sessions.transaction_id,
    sessions.view_count,
    sessions.search_count,
    sessions.wishlist_count,
    sessions.cart_count,
    sessions.order_count,
    sessions.order_count > 0 as has_order,
    sessions.customer_id <> 'unknown' as is_signed_in,
    sessions.event_date,
    sessions.started_at,
    sessions.ended_at
from sessions
left join {{ ref('dim_customer') }} as customers
    on
        sessions.company_id = customers.company_id
        and sessions.customer_id = customers.customer_id
        and sessions.event_date >= customers.valid_from
        and sessions.event_date < customers.valid_to
