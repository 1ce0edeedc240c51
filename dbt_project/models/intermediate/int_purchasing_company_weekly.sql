{{ config(materialized='table') }}

-- Up to the business date: orders may be dated ahead, and what falls due later is not late yet.
with lines as (
    select * from {{ ref('fct_purchase_order_lines') }}
    where coalesce(status, 'open') not in ('cancelled', 'rejected', 'draft')
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

receipts as (
    -- Punctuality is known only for companies whose sources record receipts.
    select distinct company_id from {{ ref('fct_receipts') }}
),

events as (
    select
        lines.company_id,
        date_trunc('week', lines.order_date)::date as week_start_date,
        lines.line_amount as ordered_amount,
        null::boolean as is_due,
        null::boolean as is_on_time
    from lines
    inner join policies on lines.company_id = policies.company_id and lines.order_date <= policies.business_date

    union all

    select
        lines.company_id,
        date_trunc('week', lines.due_date)::date as week_start_date,
        null as ordered_amount,
        true as is_due,
        case
            when receipts.company_id is null then null
            -- A rest that is still to come is late already.
            when lines.outstanding_quantity > (1 - policies.in_full_pct) * lines.ordered_quantity
                and policies.business_date > lines.due_date + policies.late_days
                then false
            else coalesce(lines.last_receipt_date <= lines.due_date + policies.late_days, false)
        end as is_on_time
    from lines
    inner join policies on lines.company_id = policies.company_id and lines.due_date <= policies.business_date
    left join receipts on lines.company_id = receipts.company_id
)

select
    company_id,
    week_start_date,
    coalesce(sum(ordered_amount), 0)::numeric(18, 4) as ordered_amount,
    count(is_due) as lines_due_count,
    avg(is_on_time::integer)::numeric(9, 6) as on_time_pct
from events
group by company_id, week_start_date
