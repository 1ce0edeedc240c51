{{ config(materialized='table') }}

-- Whether a stock-out begins on a day is told by the day before, maybe of the month before.
with touched as (
    select company_id, affected_date from {{ ref('int_inventory_dates_affected') }}
    union all
    select company_id, affected_date + 1 from {{ ref('int_inventory_dates_affected') }}
)

{{ affected_periods('touched', 'month') }}
