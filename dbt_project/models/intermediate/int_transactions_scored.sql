-- depends_on: {{ ref('int_suspect_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_suspect_dates_affected', 'date_column': 'sale_date'},
    indexes=[{'columns': ['company_id', 'sale_date']}],
    pre_hook='set local enable_nestloop = off'
) }}

-- The planner takes what comes out of windows for one row, and would read all of it again for each order.
-- Transactions with any evidence. A basket is as odd as its products are on average.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

orders as (
    select
        orders.company_id,
        orders.transaction_id,
        orders.sale_date,
        min(orders.location_id) as location_id,
        max(bursts.burst_order_count) as burst_order_count,
        avg(bursts.burst_score)::numeric(9, 6) as burst_score,
        -- The ratio farthest from 1 stands in the reason.
        (array_agg(prices.price_ratio order by prices.price_score desc nulls last, prices.price_ratio asc))[1]
            as price_ratio,
        avg(prices.price_score)::numeric(9, 6) as price_score
    from {{ ref('int_orders_in_scope') }} as orders
    left join {{ ref('int_order_bursts') }} as bursts
        using (company_id, transaction_id, sale_date, product_id, uom, currency)
    left join {{ ref('int_order_prices') }} as prices
        using (company_id, transaction_id, sale_date, product_id, uom, currency)
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_suspect_dates_affected'), 'orders.company_id', 'orders.sale_date') }}
    {%- endif %}
    group by orders.company_id, orders.transaction_id, orders.sale_date
),

scored as (
    select
        orders.*,
        devices.sharing_customer_count,
        devices.shared_score,
        (undone.transaction_id is not null)::integer::numeric(9, 6) as return_score,
        policies.suspect_burst_minutes,
        policies.suspect_shared_days,
        policies.suspect_return_hours,
        policies.suspect_limit,
        policies.suspect_burst_weight * coalesce(orders.burst_score, 0) as burst_part,
        policies.suspect_shared_weight * coalesce(devices.shared_score, 0) as shared_part,
        policies.suspect_price_weight * coalesce(orders.price_score, 0) as price_part,
        policies.suspect_return_weight * (undone.transaction_id is not null)::integer as return_part
    from orders
    inner join policies on orders.company_id = policies.company_id
    left join {{ ref('int_order_devices') }} as devices
        on
            orders.company_id = devices.company_id
            and orders.transaction_id = devices.transaction_id
            and orders.sale_date = devices.sale_date
    left join {{ ref('int_orders_undone') }} as undone
        on
            orders.company_id = undone.company_id
            and orders.transaction_id = undone.transaction_id
            and orders.sale_date = undone.sale_date
),

weighed as (
    select
        *,
        (1 - (1 - burst_part) * (1 - shared_part) * (1 - price_part) * (1 - return_part))::numeric(9, 6) as score
    from scored
)

select
    company_id,
    transaction_id,
    sale_date,
    location_id,
    burst_score,
    shared_score,
    price_score,
    return_score,
    score,
    score >= suspect_limit as is_suspect,
    case greatest(burst_part, shared_part, price_part, return_part)
        when shared_part then 'shared_device'
        when price_part then 'price_anomaly'
        when burst_part then 'burst'
        else 'instant_return'
    end as main_reason,
    concat_ws(
        '; ',
        case
            when burst_part > 0
                then burst_order_count || ' orders of one product within ' || suspect_burst_minutes || ' minutes'
        end,
        case
            when shared_part > 0
                then
                    sharing_customer_count || ' customers on one device or at one address within '
                    || suspect_shared_days || ' days'
        end,
        case when price_part > 0 then 'paid ' || round(price_ratio, 2) || ' of the usual price' end,
        case when return_part > 0 then 'went back whole within ' || suspect_return_hours || ' hours' end
    ) as reasons
from weighed
where score > 0
