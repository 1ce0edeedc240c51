-- depends_on: {{ ref('int_sales_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

with sales as (
    select *
    from {{ ref('int_sales_categories_daily') }} as categories
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_months_affected'), 'categories.company_id', 'categories.sale_date') }}
    {%- endif %}
)

select
    company_id,
    date_trunc('month', sale_date)::date as month_start_date,
    category_1,
    location_id,
    currency,
    min(uom) as first_uom,
    max(uom) as last_uom,
    sum(sold_quantity) as sold_quantity,
    sum(returned_quantity) as returned_quantity,
    sum(gross_sales_amount) as gross_sales_amount,
    sum(discount_amount) as discount_amount,
    sum(net_sales_amount) as net_sales_amount,
    sum(costed_net_amount) as costed_net_amount,
    sum(cost_amount) as cost_amount,
    bool_or(returned_quantity > 0) as has_returns
from sales
group by company_id, date_trunc('month', sale_date), category_1, location_id, currency
