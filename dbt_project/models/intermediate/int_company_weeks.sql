{{ config(materialized='table') }}

with policies as (
    select * from {{ ref('int_company_policies') }}
),

activity as (
    select company_id, min(sale_date) as first_date
    from {{ ref('fct_sales_daily') }}
    group by company_id
    union all
    select company_id, min(inventory_date) as first_date
    from {{ ref('fct_inventory_daily') }}
    group by company_id
),

beginnings as (
    select company_id, min(first_date) as first_date
    from activity
    group by company_id
)

select
    policies.company_id,
    week::date as week_start_date,
    least(week::date + 6, policies.business_date) as closing_date,
    least(week::date, policies.last_complete_week_date) as trailing_week_date,
    week::date >= beginnings.first_date and week::date + 6 <= policies.business_date as is_complete_week
from policies
inner join beginnings on policies.company_id = beginnings.company_id
cross join lateral generate_series(
    date_trunc('week', beginnings.first_date), policies.business_date, interval '7 days'
) as week
