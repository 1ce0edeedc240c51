-- Grain: one row per company, day, place, product, main reason, unit of measure and currency with suspect lines.
-- Non-additive: transaction_count (over products) and highest_score. Quantities add up within one unit of measure only.
-- depends_on: {{ ref('int_suspect_sales_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_suspect_sales_dates_affected', 'date_column': 'sale_date'}
) }}

with suspects as (
    select * from {{ ref('fct_suspect_transactions') }}
    where is_suspect
),

lines as (
    select *
    from {{ ref('fct_sales_lines') }} as sales_lines
    where
        is_suspect
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_suspect_sales_dates_affected'), 'sales_lines.company_id', 'sales_lines.sale_date'
        ) }}
        {%- endif %}
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
)

select
    lines.company_id,
    lines.sale_date,
    lines.location_id,
    locations.location_name,
    locations.region,
    lines.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    suspects.main_reason,
    lines.uom,
    lines.currency,
    count(*)::integer as line_count,
    count(distinct lines.transaction_id)::integer as transaction_count,
    coalesce(sum(lines.quantity) filter (where not lines.is_return), 0)::numeric(18, 4) as sold_quantity,
    coalesce(-sum(lines.quantity) filter (where lines.is_return), 0)::numeric(18, 4) as returned_quantity,
    sum(lines.net_amount)::numeric(18, 4) as net_sales_amount,
    max(suspects.score)::numeric(9, 6) as highest_score,
    -- What one of them shows, for a first look; each transaction's own is in the fact.
    min(suspects.reasons) as example_reasons
from lines
inner join suspects
    on
        lines.company_id = suspects.company_id
        and lines.transaction_id = suspects.transaction_id
        and lines.sale_date = suspects.sale_date
left join products on lines.product_key = products.product_key
left join locations on lines.location_key = locations.location_key
group by
    lines.company_id,
    lines.sale_date,
    lines.location_id,
    locations.location_name,
    locations.region,
    lines.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown'),
    suspects.main_reason,
    lines.uom,
    lines.currency
