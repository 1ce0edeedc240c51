{{ config(materialized='table') }}

-- How much a supplier's prices move. Months are compared rather than lines, so that many small orders weigh no more.
with lines as (
    select * from {{ ref('fct_purchase_order_lines') }}
    where is_binding
),

monthly as (
    select
        company_id,
        supplier_id,
        product_id,
        currency,
        date_trunc('month', coalesce(order_date, due_date))::date as month_start_date,
        sum(unit_price * ordered_quantity) / nullif(sum(ordered_quantity), 0) as unit_price,
        sum(ordered_quantity) as ordered_quantity
    from lines
    group by company_id, supplier_id, product_id, currency, date_trunc('month', coalesce(order_date, due_date))
),

varied as (
    select
        company_id,
        supplier_id,
        month_start_date,
        stddev_samp(unit_price) over trailing_year / nullif(avg(unit_price) over trailing_year, 0) as price_cv,
        sum(ordered_quantity) over trailing_year as ordered_quantity
    from monthly
    window trailing_year as (
        partition by company_id, supplier_id, product_id, currency order by month_start_date
        range between interval '11 months' preceding and current row
    )
)

select
    company_id,
    supplier_id,
    month_start_date,
    (sum(price_cv * ordered_quantity) / nullif(sum(ordered_quantity), 0))::numeric(9, 6) as price_cv
from varied
where price_cv is not null
group by company_id, supplier_id, month_start_date
