{{ config(materialized='table') }}

{%- set policies = [
    ('planning.location_level', 'text', "'company'"),
    ('planning.active_weeks', 'integer', '26'),
    ('planning.stockout_week_days', 'integer', '2'),
    ('stock.overstock_cover_days', 'numeric', '90'),
    ('stock.understock_cover_days', 'numeric', '7'),
    ('supplier.late_days', 'integer', '0'),
    ('supplier.in_full_pct', 'numeric', '0.98'),
    ('supplier.minimum_lines', 'integer', '8'),
] -%}

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
    {% for name, type, default in policies -%}
    coalesce(
        max(policies.policy_value) filter (where policies.policy_name = '{{ name }}')::{{ type }}, {{ default }}
    ) as {{ name.split('.')[1] }}{{ ',' if not loop.last }}
    {% endfor -%}
from companies
left join policies on companies.company_id = policies.company_id
group by companies.company_id, companies.currency, companies.business_date, companies.last_complete_week_date
