-- Grain: one row per company, day, place, product, channel, unit of measure and currency, suspect lines apart.
-- Fully additive within one unit of measure and currency.
-- depends_on: {{ ref('int_sales_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_dates_affected', 'date_column': 'sale_date'},
    indexes=[{'columns': ['company_id', 'sale_date']}, {'columns': ['company_id', 'product_id']}]
) }}

with lines as (
    select *
    from {{ ref('fct_sales_lines') }} as sales_lines
    {% if is_incremental() -%}
    where {{ only_affected_dates(
        ref('int_sales_dates_affected'), 'sales_lines.company_id', 'sales_lines.sale_date'
    ) }}
    {%- endif %}
)

select
    date_key,
    product_key,
    location_key,
    company_id,
    product_id,
    location_id,
    channel,
    uom,
    currency,
    is_suspect,
    sale_date,
    count(*)::integer as line_count,
    coalesce(sum(quantity) filter (where not is_return), 0)::numeric(18, 4) as sold_quantity,
    coalesce(-sum(quantity) filter (where is_return), 0)::numeric(18, 4) as returned_quantity,
    sum(gross_amount)::numeric(18, 4) as gross_amount,
    sum(discount_amount)::numeric(18, 4) as discount_amount,
    sum(net_amount)::numeric(18, 4) as net_amount,
    sum(coupon_amount)::numeric(18, 4) as coupon_amount,
    sum(cost_amount)::numeric(18, 4) as cost_amount,
    coalesce(sum(net_amount) filter (where cost_amount is not null), 0)::numeric(18, 4) as costed_net_amount
from lines
group by
    date_key,
    product_key,
    location_key,
    company_id,
    product_id,
    location_id,
    channel,
    uom,
    currency,
    is_suspect,
    sale_date
