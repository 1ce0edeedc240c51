{{ config(materialized='table') }}

{%- set policies = [
    ('planning.location_level', 'text'),
    ('planning.active_weeks', 'integer'),
    ('planning.stockout_week_days', 'integer'),
    ('stock.overstock_cover_days', 'numeric'),
    ('stock.understock_cover_days', 'numeric'),
    ('supplier.late_days', 'integer'),
    ('supplier.in_full_pct', 'numeric'),
    ('supplier.minimum_lines', 'integer'),
] -%}

-- Every load writes every threshold, those of warehouse/policy.py where policy.yml states none.
with companies as (
    select * from {{ ref('stg_companies') }}
),

policies as (
    select * from {{ ref('stg_policies') }}
)

select
    companies.company_id,
    companies.currency,
    companies.business_date,
    companies.last_complete_week_date,
    {% for name, type in policies -%}
    (max(policies.policy_value) filter (where policies.policy_name = '{{ name }}'))::{{ type }} as {{ name.split('.')[1] }}{{ ',' if not loop.last }}
    {% endfor -%}
from companies
left join policies on companies.company_id = policies.company_id
group by companies.company_id, companies.currency, companies.business_date, companies.last_complete_week_date
