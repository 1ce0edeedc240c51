{{ config(materialized='table') }}
-- depends_on: {{ ref('int_locations_planned') }}

{{ affected_planned_weeks(ref('int_inventory_dates_affected'), 'int_inventory_weekly') }}
