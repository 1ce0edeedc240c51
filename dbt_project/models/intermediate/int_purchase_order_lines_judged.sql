{{ config(materialized='table') }}

-- Lines due up to the business date: what falls due later is neither late nor short yet.
with lines as (
    select * from {{ ref('fct_purchase_order_lines') }}
    where is_binding
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

recorded as (
    -- Companies whose sources record receipts; where none does, punctuality is unknown.
    select distinct
        company_id,
        true as has_receipts
    from {{ ref('fct_receipts') }}
),

known as (
    select
        lines.*,
        policies.business_date,
        policies.late_days as tolerated_days,
        policies.in_full_pct * lines.ordered_quantity as in_full_quantity,
        recorded.has_receipts is not null as has_receipts,
        -- Where receipts are recorded, none means nothing came; a quantity that repeats the order says nothing.
        case
            when not policies.tells_received_quantity then null
            when recorded.has_receipts then coalesce(lines.received_quantity, 0)
            else lines.received_quantity
        end as known_received_quantity
    from lines
    inner join policies on lines.company_id = policies.company_id and lines.due_date <= policies.business_date
    left join recorded on lines.company_id = recorded.company_id
)

select
    company_id,
    purchase_order_id,
    line_number,
    supplier_id,
    currency,
    ordered_quantity,
    confirmed_quantity,
    known_received_quantity::numeric(18, 4) as received_quantity,
    rejected_quantity,
    line_amount,
    due_date,
    lead_time_days,
    case
        when not has_receipts then null
        -- A rest that is still to come is late already.
        when outstanding_quantity > ordered_quantity - in_full_quantity and business_date > due_date + tolerated_days
            then false
        else coalesce(last_receipt_date <= due_date + tolerated_days, false)
    end as is_on_time,
    known_received_quantity >= in_full_quantity as is_in_full,
    -- What came late, each part by its own days, and what is still open, by the days until now.
    case
        when has_receipts
            then coalesce(received_late_days_quantity, 0) + (business_date - due_date) * outstanding_quantity
    end::numeric(18, 4) as late_days_quantity
from known
