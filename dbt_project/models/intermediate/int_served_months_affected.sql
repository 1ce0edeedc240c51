{{ config(materialized='table') }}
-- depends_on: {{ ref('int_stock_serving') }}, {{ ref('int_sales_products_monthly') }}, {{ ref('int_stock_keepers') }}

-- Months with an affected day of sales or stock, and all months of a company in which other places serve than when the
-- rows were made. The rows say so themselves, so that a build which broke off loses nothing.
{%- set existing = existing_table('intermediate', 'int_sales_served_monthly') %}

with touched as (
    select company_id, affected_date from {{ ref('int_sales_dates_affected') }}
    union all
    select company_id, affected_date from {{ ref('int_inventory_dates_affected') }}
    {% if existing %}
    union all
    select months.company_id, months.month_start_date
    from (
        select distinct company_id, month_start_date from {{ ref('int_sales_products_monthly') }}
        -- Nothing is served by a company without stock records.
        where company_id in (select company_id from {{ ref('int_stock_keepers') }})
        union
        select distinct company_id, month_start_date from {{ existing }}
    ) as months
    left join {{ ref('int_stock_serving') }} as serving on months.company_id = serving.company_id
    where
        not exists (
            select 1 from {{ existing }} as served
            where served.company_id = months.company_id and served.serving_hash = serving.serving_hash
        )
    {% endif %}
)

{{ affected_periods('touched', 'month') }}
