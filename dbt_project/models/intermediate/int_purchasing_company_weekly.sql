{{ config(materialized='table') }}

-- Up to the business date: orders may be dated ahead.
with ordered as (
    select
        lines.company_id,
        date_trunc('week', lines.order_date)::date as week_start_date,
        sum(lines.line_amount) as ordered_amount
    from {{ ref('fct_purchase_order_lines') }} as lines
    inner join {{ ref('int_company_policies') }} as policies
        on lines.company_id = policies.company_id and lines.order_date <= policies.business_date
    where lines.is_binding
    group by lines.company_id, date_trunc('week', lines.order_date)
),

due as (
    select
        company_id,
        date_trunc('week', due_date)::date as week_start_date,
        count(*) as lines_due_count,
        avg(is_on_time::integer) as on_time_pct
    from {{ ref('int_purchase_order_lines_judged') }}
    group by company_id, date_trunc('week', due_date)
)

select
    company_id,
    week_start_date,
    coalesce(ordered.ordered_amount, 0)::numeric(18, 4) as ordered_amount,
    coalesce(due.lines_due_count, 0) as lines_due_count,
    due.on_time_pct::numeric(9, 6) as on_time_pct
from ordered
full join due using (company_id, week_start_date)
