{{ config(materialized='table') }}

-- The days to score, and those that their verdicts look at.
with policies as (
    select * from {{ ref('int_company_policies') }}
)

select distinct
    dates.company_id,
    dates.affected_date + days.shift as read_date
from {{ ref('int_suspect_dates_affected') }} as dates
inner join policies on dates.company_id = policies.company_id
cross join lateral generate_series(
    -greatest(policies.suspect_usual_days, policies.suspect_shared_days, {{ return_days('policies') }}),
    greatest(policies.suspect_shared_days, {{ return_days('policies') }})
) as days (shift)
