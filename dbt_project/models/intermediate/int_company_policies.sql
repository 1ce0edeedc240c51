{{ config(materialized='table') }}

{%- set policies = [
    ('planning.location_level', 'text', 'location_level'),
    ('planning.active_weeks', 'integer', 'active_weeks'),
    ('planning.stockout_week_days', 'integer', 'stockout_week_days'),
    ('stock.overstock_cover_days', 'numeric', 'overstock_cover_days'),
    ('stock.understock_cover_days', 'numeric', 'understock_cover_days'),
    ('supplier.late_days', 'integer', 'late_days'),
    ('supplier.in_full_pct', 'numeric', 'in_full_pct'),
    ('supplier.minimum_lines', 'integer', 'minimum_lines'),
    ('carrier.late_days', 'integer', 'carrier_late_days'),
    ('carrier.minimum_shipments', 'integer', 'carrier_minimum_shipments'),
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
    {% for name, type, column in policies -%}
    (max(policies.policy_value) filter (where policies.policy_name = '{{ name }}'))::{{ type }} as {{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
from companies
left join policies on companies.company_id = policies.company_id
group by companies.company_id, companies.currency, companies.business_date, companies.last_complete_week_date
