{{ config(materialized='table') }}

with touched as (
    select company_id, affected_date from {{ ref('int_return_dates_affected') }}
    union all
    select company_id, affected_date from {{ ref('int_returns_booked_affected') }}
)

{{ affected_periods('touched', 'month') }}
