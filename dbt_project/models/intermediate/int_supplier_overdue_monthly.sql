{{ config(materialized='table') }}

-- What was overdue at the close of each month, as receipts up to that day tell. Without recorded receipts nobody knows.
with receipts as (
    select * from {{ ref('fct_receipts') }}
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

lines as (
    select
        *,
        -- A line that is closed short was waited for until its last part came.
        case when outstanding_quantity = 0 then coalesce(in_full_date, last_receipt_date, due_date) end as closed_date
    from {{ ref('fct_purchase_order_lines') }}
    where
        is_binding and supplier_id is not null and ordered_quantity > 0
        and company_id in (select receipts.company_id from receipts)
),

due as (
    select
        months.company_id,
        lines.supplier_id,
        months.month_start_date,
        sum(lines.line_amount) as due_3m_amount,
        min(lines.currency) as currency,
        count(distinct lines.currency) as currency_count
    from months
    inner join lines
        on months.company_id = lines.company_id and lines.due_date between months.quarter_start_date and months.closing_date
    group by months.company_id, lines.supplier_id, months.month_start_date
),

late as (
    select
        months.month_start_date,
        months.closing_date,
        lines.*
    from months
    inner join lines on months.company_id = lines.company_id
    inner join policies on months.company_id = policies.company_id
    where
        -- Most lines are closed in time: they need no look at any month.
        coalesce(lines.closed_date > lines.due_date + policies.late_days, true)
        and months.closing_date > lines.due_date + policies.late_days
        and coalesce(lines.closed_date > months.closing_date, true)
),

received as (
    select
        late.purchase_order_line_key,
        late.month_start_date,
        sum(receipts.received_quantity) as received_quantity
    from late
    inner join receipts
        on
            late.company_id = receipts.company_id
            and late.purchase_order_id = receipts.purchase_order_id
            and late.line_number = receipts.line_number
            and late.closing_date >= receipts.received_date
    group by late.purchase_order_line_key, late.month_start_date
),

overdue as (
    select
        late.company_id,
        late.supplier_id,
        late.month_start_date,
        count(*) as overdue_lines_count,
        sum(
            late.line_amount * greatest(1 - coalesce(received.received_quantity, 0) / late.ordered_quantity, 0)
        ) as overdue_amount,
        min(late.currency) as currency,
        count(distinct late.currency) as currency_count
    from late
    left join received
        on
            late.purchase_order_line_key = received.purchase_order_line_key
            and late.month_start_date = received.month_start_date
    group by late.company_id, late.supplier_id, late.month_start_date
)

select
    company_id,
    supplier_id,
    month_start_date,
    coalesce(overdue.overdue_lines_count, 0)::integer as overdue_lines_count,
    case
        when
            greatest(due.currency_count, overdue.currency_count) = 1
            and coalesce(due.currency, overdue.currency) = coalesce(overdue.currency, due.currency)
            then coalesce(due.currency, overdue.currency)
    end as currency,
    coalesce(overdue.overdue_amount, 0)::numeric(18, 4) as overdue_amount,
    coalesce(due.due_3m_amount, 0)::numeric(18, 4) as due_3m_amount
from due
full join overdue using (company_id, supplier_id, month_start_date)
