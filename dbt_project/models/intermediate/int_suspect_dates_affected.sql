-- depends_on: {{ ref('stg_sales_lines') }}
{{ config(materialized='table') }}

-- A verdict looks back over the usual days, and both ways over the days in which customers share a device and goods come
-- back: what a build touches may change the verdicts of all these days, and no others. Other thresholds change them all.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

touched as (
    select company_id, affected_date from {{ ref('stg_sales_lines_affected_dates') }}
    union
    select company_id, affected_date from {{ ref('stg_returns_affected_dates') }}
)

select distinct
    touched.company_id,
    touched.affected_date + days.shift as affected_date
from touched
inner join policies on touched.company_id = policies.company_id
cross join lateral generate_series(
    -greatest(policies.suspect_shared_days, {{ return_days('policies') }}),
    greatest(policies.suspect_usual_days, policies.suspect_shared_days, {{ return_days('policies') }})
) as days (shift)
{%- set applied = existing_table('intermediate', 'int_suspect_policies_applied') | trim %}
{% if has_scores() and applied %}
union

select
    company_id,
    sale_date as affected_date
from {{ ref('stg_sales_lines') }}
where company_id in (
    select policies.company_id
    from policies
    left join {{ applied }} as applied on policies.company_id = applied.company_id
    where applied.thresholds_hash is distinct from {{ suspect_thresholds('policies') }}
)
{% endif %}
