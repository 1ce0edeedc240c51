-- depends_on: {{ ref('int_sales_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

with places as (
    select *
    from {{ ref('int_sales_places_monthly') }} as places_monthly
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_months_affected'), 'places_monthly.company_id', 'places_monthly.month_start_date') }}
    {%- endif %}
)

select
    company_id,
    product_id,
    month_start_date,
    min(first_sale_date) as first_sale_date,
    min(first_uom) as first_uom,
    max(last_uom) as last_uom,
    sum(sold_quantity) as sold_quantity,
    sum(net_amount) as net_amount,
    sum(costed_net_amount) as costed_net_amount,
    sum(cost_amount) as cost_amount
from places
group by company_id, product_id, month_start_date
