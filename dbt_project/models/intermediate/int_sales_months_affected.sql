{{ config(materialized='table') }}

{{ affected_periods(ref('int_sales_dates_affected'), 'month') }}
