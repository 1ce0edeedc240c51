-- depends_on: {{ ref('fct_stock_movements') }}, {{ ref('int_movement_plans') }}
{{ config(materialized='table') }}

-- Days of movements that a build redoes, and all days of a company whose places are planned otherwise than when the rows were
-- made. The rows say so themselves, so that a build which broke off loses nothing; a company without rows is looked at whole.
{%- set existing = existing_table('intermediate', 'int_inbound_daily') | trim %}

select company_id, affected_date from {{ ref('int_movement_dates_affected') }}
{% if existing %}
union

select company_id, movement_date as affected_date
from {{ ref('fct_stock_movements') }}
where
    company_id in (
        select plans.company_id
        from {{ ref('int_movement_plans') }} as plans
        where
            not exists (
                select 1 from {{ existing }} as made
                where made.company_id = plans.company_id and made.plans_hash = plans.plans_hash
            )
    )
{% endif %}
