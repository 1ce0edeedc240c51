-- depends_on: {{ ref('int_sales_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

-- Sales per place and month: what reaches far back reads months instead of days.
with sales as (
    select *
    from {{ ref('fct_sales_daily') }} as sales_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_months_affected'), 'sales_daily.company_id', 'sales_daily.sale_date') }}
    {%- endif %}
),

months as (
    select
        *,
        date_trunc('month', sale_date)::date as month_start_date
    from sales
)

select
    company_id,
    product_id,
    location_id,
    month_start_date,
    max(sale_date) filter (where sold_quantity > 0) as last_sale_date,
    min(sale_date) as first_sale_date,
    min(uom) as first_uom,
    max(uom) as last_uom,
    sum(sold_quantity) as sold_quantity,
    sum(net_amount) as net_amount,
    sum(costed_net_amount) as costed_net_amount,
    sum(cost_amount) as cost_amount
from months
group by company_id, product_id, location_id, month_start_date
