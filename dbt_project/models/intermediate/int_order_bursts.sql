-- Orders of one product at one place within minutes of each other, against its usual rate: the mean of the usual days
-- before, or what else it sells on the day, whichever is more. A trading day counts as 720 minutes.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

orders as (
    select
        orders.*,
        policies.suspect_usual_days,
        policies.suspect_burst_minutes,
        policies.suspect_burst_orders,
        policies.suspect_burst_factor,
        (orders.sale_date - date '2000-01-01')::numeric / policies.suspect_usual_days as usual_period,
        extract(epoch from orders.sold_at) / (60 * policies.suspect_burst_minutes) as burst_period,
        -- Sources that keep days only give all orders of a place and day the same instant.
        min(orders.sold_at) over place_day < max(orders.sold_at) over place_day as is_time_known
    from {{ ref('int_orders_in_scope') }} as orders
    inner join policies on orders.company_id = policies.company_id
    where not orders.takes_back
    window place_day as (partition by orders.company_id, orders.location_id, orders.sale_date)
),

counted as (
    select
        *,
        count(*) over (
            partition by company_id, location_id, product_id, sale_date
            order by burst_period range between 1 preceding and 1 following
        ) as burst_order_count,
        count(*) over (partition by company_id, location_id, product_id, sale_date) as day_order_count,
        count(*) over (
            partition by company_id, location_id, product_id
            order by usual_period range between 1 preceding and current row exclude group
        ) as usual_order_count
    from orders
),

rated as (
    select
        *,
        greatest(usual_order_count::numeric / suspect_usual_days, day_order_count - burst_order_count)
        * 2 * suspect_burst_minutes / 720 as usual_burst_order_count
    from counted
),

judged as (
    select
        *,
        case when is_time_known then burst_order_count - suspect_burst_factor * usual_burst_order_count end
            as unusual_order_count
    from rated
)

select
    company_id,
    transaction_id,
    sale_date,
    product_id,
    uom,
    currency,
    burst_order_count::integer as burst_order_count,
    {{ evidence('unusual_order_count', 'suspect_burst_orders') }} as burst_score
from judged
