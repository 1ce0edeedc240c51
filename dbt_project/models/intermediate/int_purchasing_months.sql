{{ config(materialized='table') }}

-- The months of a company's purchasing, the current one so far. A trailing year of a month that brought nothing is still a
-- trailing year.
with bounds as (
    select
        lines.company_id,
        policies.business_date,
        date_trunc('month', min(least(lines.order_date, lines.due_date, lines.first_receipt_date)))::date as first_month_date
    from {{ ref('fct_purchase_order_lines') }} as lines
    inner join {{ ref('int_company_policies') }} as policies on lines.company_id = policies.company_id
    group by lines.company_id, policies.business_date
)

select distinct
    bounds.company_id,
    dates.month_start_date,
    (dates.month_start_date - interval '11 months')::date as year_start_date,
    (dates.month_start_date - interval '2 months')::date as quarter_start_date,
    least((dates.month_start_date + interval '1 month')::date - 1, bounds.business_date) as closing_date,
    (dates.month_start_date + interval '1 month')::date - 1 <= bounds.business_date as is_complete_month
from bounds
inner join {{ ref('dim_date') }} as dates
    on bounds.first_month_date <= dates.month_start_date and bounds.business_date >= dates.date_day
