-- What is paid for a product against its usual price: the median of the usual days before, each day by its own median;
-- where orders came on too few of them, the regular price that the line states.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

orders as (
    select * from {{ ref('int_orders_in_scope') }}
    where not takes_back and paid_price is not null
),

daily as (
    select
        orders.company_id,
        orders.product_id,
        orders.uom,
        orders.currency,
        orders.sale_date,
        percentile_cont(0.5) within group (order by orders.paid_price) as median_price,
        (orders.sale_date - date '2000-01-01')::numeric / max(policies.suspect_usual_days) as usual_period
    from orders
    inner join policies on orders.company_id = policies.company_id
    group by orders.company_id, orders.product_id, orders.uom, orders.currency, orders.sale_date
),

past as (
    select
        *,
        count(*) over before as usual_sale_days,
        array_agg(median_price) over before as median_prices
    from daily
    window before as (
        partition by company_id, product_id, uom, currency
        order by usual_period range between 1 preceding and current row exclude group
    )
),

usual as (
    select
        past.*,
        case
            when past.usual_sale_days >= policies.suspect_usual_sale_days
                then (
                    select percentile_cont(0.5) within group (order by listed.price)
                    from unnest(past.median_prices) as listed (price)
                )
        end as usual_price
    from past
    inner join policies on past.company_id = policies.company_id
),

compared as (
    select
        orders.*,
        policies.suspect_price_factor,
        orders.paid_price / coalesce(usual.usual_price::numeric, orders.regular_price) as price_ratio
    from orders
    inner join usual using (company_id, product_id, uom, currency, sale_date)
    inner join policies on orders.company_id = policies.company_id
)

select
    company_id,
    transaction_id,
    sale_date,
    product_id,
    uom,
    currency,
    price_ratio::numeric(18, 4) as price_ratio,
    {{ evidence('abs(ln(price_ratio))', 'ln(suspect_price_factor)') }} as price_score
from compared
