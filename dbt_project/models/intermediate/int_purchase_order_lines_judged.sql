{{ config(materialized='table') }}

-- Lines due up to the business date: what falls due later is neither late nor short yet. Nor is, before the day due and the
-- tolerance are over, a line of which something is still to come.
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
),

judged as (
    select
        *,
        due_date + tolerated_days as last_punctual_date,
        last_receipt_date is null or coalesce(outstanding_quantity > ordered_quantity - in_full_quantity, false)
            as is_awaited
    from known
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
        when not is_awaited and last_receipt_date <= last_punctual_date then true
        when business_date > last_punctual_date then false
    end as is_on_time,
    case
        when known_received_quantity >= in_full_quantity then true
        when not is_awaited or business_date > last_punctual_date then known_received_quantity >= in_full_quantity
    end as is_in_full,
    -- What came late, each part by its own days, and what is still open, by the days until now.
    case
        when has_receipts
            then coalesce(received_late_days_quantity, 0) + (business_date - due_date) * outstanding_quantity
    end::numeric(18, 4) as late_days_quantity
from judged
