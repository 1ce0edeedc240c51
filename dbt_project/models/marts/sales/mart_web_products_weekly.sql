-- Grain: one row per company, product, sales channel and ISO week with events of the web shop. Events without a product are left
-- out: mart_web_funnel_daily has them.
-- Non-additive: rates; session counts over products, for a session sees many.
{{ config(indexes=[{'columns': ['company_id', 'week_start_date']}]) }}

with events as (
    select * from {{ ref('fct_web_events_daily') }}
),

-- A log without a single order does not record them.
logs as (
    select
        company_id,
        sum(order_count) > 0 as has_orders
    from events
    group by company_id
),

weeks as (
    select
        company_id,
        product_id,
        channel,
        date_trunc('week', event_date)::date as week_start_date,
        {% for measure in [
            'view_count', 'search_count', 'wishlist_count', 'cart_count', 'order_count', 'viewing_session_count',
            'browse_session_count',
        ] -%}
        sum({{ measure }})::integer as {{ measure }}{{ ',' if not loop.last }}
        {% endfor %}
    from events
    where product_id <> 'unknown'
    group by company_id, product_id, channel, date_trunc('week', event_date)
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    weeks.company_id,
    weeks.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    weeks.channel,
    weeks.week_start_date,
    weeks.view_count,
    weeks.search_count,
    weeks.wishlist_count,
    weeks.cart_count,
    case when logs.has_orders then weeks.order_count end as order_count,
    weeks.viewing_session_count,
    case when logs.has_orders then weeks.browse_session_count end as browse_session_count,
    case when logs.has_orders then weeks.browse_session_count / nullif(weeks.viewing_session_count, 0)::numeric
    end::numeric(9, 6) as browse_not_buy_pct,
    (weeks.cart_count / nullif(weeks.view_count, 0)::numeric)::numeric(18, 6) as cart_per_view_ratio,
    case when logs.has_orders then weeks.order_count / nullif(weeks.view_count, 0)::numeric end::numeric(18, 6)
        as order_per_view_ratio
from weeks
inner join logs on weeks.company_id = logs.company_id
left join products on weeks.company_id = products.company_id and weeks.product_id = products.product_id
