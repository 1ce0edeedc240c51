{{ config(materialized='table') }}

-- What a day shows of suspect sales are its lines, and the verdicts on them.
select company_id, affected_date from {{ ref('int_sales_dates_affected') }}
union
select company_id, affected_date from {{ ref('int_suspect_dates_affected') }}
{{ or_broken_off() }}
