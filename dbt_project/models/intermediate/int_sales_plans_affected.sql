{{ config(materialized='table') }}
-- depends_on: {{ ref('int_locations_planned') }}

{{ affected_planned_weeks(ref('int_sales_dates_affected'), 'int_sales_plans_weekly') }}
