{{ config(materialized='table') }}

-- Order lines that are not closed, or were a short while ago, and what is known of them at the business date.
with lines as (
    select * from {{ ref('fct_purchase_order_lines') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
),

lead_times as (
    select lead_times.*
    from {{ ref('int_supplier_lead_times_monthly') }} as lead_times
    inner join policies
        on
            lead_times.company_id = policies.company_id
            and lead_times.month_start_date = date_trunc('month', policies.business_date)
    where lead_times.is_sample_sufficient
),

shipments as (
    select company_id, purchase_order_id, min(shipped_date) as shipped_date
    from {{ ref('fct_shipments') }}
    where direction = 'inbound' and status <> 'cancelled' and purchase_order_id is not null
    group by company_id, purchase_order_id
),

dated as (
    select
        lines.*,
        policies.business_date as as_of_date,
        policies.late_days as tolerated_days,
        policies.in_full_pct,
        policies.closed_days,
        least(lines.shipped_date, shipments.shipped_date) as known_shipped_date,
        coalesce(lines.received_quantity, 0) as known_received_quantity,
        lines.is_binding and lines.outstanding_quantity > 0 as is_open,
        coalesce(lines.status = 'draft', false) as is_draft,
        case
            -- Nobody keeps the day of a cancellation; and of no day and one, least takes the one.
            when not lines.is_binding and coalesce(lines.due_date, lines.order_date) is not null
                then least(coalesce(lines.due_date, lines.order_date), policies.business_date)
            else lines.last_receipt_date
        end as closed_date,
        lines.order_date + round(lead_times.lead_time_days_mean_shrunk)::integer as mean_arrival_date,
        lines.order_date + round(suppliers.quoted_lead_time_days)::integer as quoted_arrival_date
    from lines
    -- Orders may be dated ahead.
    inner join policies
        on
            lines.company_id = policies.company_id
            and coalesce(lines.order_date, lines.due_date, policies.business_date) <= policies.business_date
    left join shipments
        on lines.company_id = shipments.company_id and lines.purchase_order_id = shipments.purchase_order_id
    left join lead_times
        on lines.company_id = lead_times.company_id and lines.supplier_id = lead_times.supplier_id
    left join suppliers
        on lines.company_id = suppliers.company_id and lines.supplier_id = suppliers.supplier_id
)

select
    *,
    coalesce(is_open and as_of_date > due_date + tolerated_days, false) as is_overdue,
    case
        -- What is still to come cannot come in the past.
        when is_open and coalesce(mean_arrival_date, quoted_arrival_date) is not null
            then greatest(coalesce(mean_arrival_date, quoted_arrival_date), as_of_date)
    end as projected_arrival_date
from dated
where is_open or is_draft or closed_date between as_of_date - closed_days and as_of_date
