-- Grain: one row per company, day, place, channel, department (category_1), unit of measure and currency.
-- Non-additive: gross_margin_pct. Quantities add up within one unit of measure only.
-- depends_on: {{ ref('int_sales_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_dates_affected', 'date_column': 'sale_date'},
    indexes=[
        {'columns': ['company_id', 'region', 'sale_date']},
        {'columns': ['company_id', 'category_1', 'sale_date']},
    ]
) }}

with sales as (
    select *
    from {{ ref('int_sales_categories_daily') }} as categories
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_dates_affected'), 'categories.company_id', 'categories.sale_date') }}
    {%- endif %}
)

select
    company_id,
    sale_date,
    location_id,
    location_name,
    region,
    channel,
    category_1,
    uom,
    currency,
    line_count,
    product_count,
    sold_quantity,
    returned_quantity,
    gross_sales_amount,
    discount_amount,
    net_sales_amount,
    cost_amount,
    (costed_net_amount - cost_amount)::numeric(18, 4) as gross_margin_amount,
    ((costed_net_amount - cost_amount) / nullif(costed_net_amount, 0))::numeric(18, 6) as gross_margin_pct
from sales
