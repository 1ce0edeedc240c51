{{ config(materialized='table') }}

-- What suppliers, carriers and the company itself delivered, by the month in which it was due.
with deliveries as (
    select
        company_id,
        month_start_date,
        sum(lines_measured_count) as measured,
        sum(lines_otif_measured_count) as otif_measured,
        sum(lines_otif_count) as otif,
        sum(lines_on_time_count) as on_time
    from {{ ref('int_supplier_delivery_monthly') }}
    group by company_id, month_start_date
),

lead_times as (
    select
        company_id,
        month_start_date,
        sum(lead_time_receipts_count * lead_time_cv) as numerator,
        sum(lead_time_receipts_count) as denominator
    from {{ ref('int_supplier_lead_times_monthly') }}
    where is_sample_sufficient and lead_time_cv is not null
    group by company_id, month_start_date
),

prices as (
    select
        prices.company_id,
        prices.month_start_date,
        sum(prices.contract_variance_amount) as numerator,
        sum(prices.contract_amount) as denominator
    from {{ ref('int_supplier_prices_monthly') }} as prices
    -- Amounts of several currencies have no sum.
    inner join {{ ref('int_company_policies') }} as policies
        on prices.company_id = policies.company_id and prices.currency = policies.currency
    group by prices.company_id, prices.month_start_date
),

orders as (
    select
        company_id,
        month_start_date,
        sum(order_count) as order_count,
        sum(in_full_order_count) as in_full_count,
        sum(perfect_order_count) as perfect_count,
        sum(measured_line_count) as line_count,
        sum(otif_line_count) as otif_line_count
    from {{ ref('int_order_fulfillment_monthly') }}
    group by company_id, month_start_date
),

shipments as (
    select
        company_id,
        month_start_date,
        count(*) filter (where is_on_time) as numerator,
        count(is_on_time) as denominator
    from {{ ref('int_shipments_judged') }}
    group by company_id, month_start_date
)

{% for kpi_id, source, numerator, denominator in [
    ('supplier_otif_pct', 'deliveries', 'otif', 'otif_measured'),
    ('supplier_on_time_pct', 'deliveries', 'on_time', 'measured'),
    ('lead_time_cv', 'lead_times', 'numerator', 'denominator'),
    ('ppv_contract_pct', 'prices', 'numerator', 'denominator'),
    ('order_fill_pct', 'orders', 'in_full_count', 'order_count'),
    ('perfect_order_pct', 'orders', 'perfect_count', 'order_count'),
    ('customer_otif_pct', 'orders', 'otif_line_count', 'line_count'),
    ('carrier_on_time_pct', 'shipments', 'numerator', 'denominator'),
] -%}
{{ 'union all' if not loop.first }}
select
    company_id,
    month_start_date,
    '{{ kpi_id }}' as kpi_id,
    {{ numerator }}::numeric(24, 6) as numerator,
    {{ denominator }}::numeric(24, 6) as denominator
from {{ source }}
{% endfor %}
