-- depends_on: {{ ref('int_sales_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_months_affected', 'date_column': 'month_start_date'}
) }}

-- Distinct transactions are rows of a distinct select: that hashes, count(distinct) sorts.
with transactions as (
    select distinct
        company_id,
        date_trunc('month', sale_date)::date as month_start_date,
        transaction_id
    from {{ ref('fct_sales_lines') }} as sales_lines
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_months_affected'), 'sales_lines.company_id', 'sales_lines.sale_date') }}
    {%- endif %}
)

select
    company_id,
    month_start_date,
    count(*) as transaction_count
from transactions
group by company_id, month_start_date
