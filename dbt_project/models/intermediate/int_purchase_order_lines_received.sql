{{ config(materialized='table') }}

-- What arrived per order line, parts added up, and the day on which the line was in full.
with receipts as (
    select * from {{ ref('stg_receipts') }}
),

lines as (
    select * from {{ ref('int_purchase_order_lines_joined') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

cumulated as (
    select
        receipts.*,
        sum(receipts.received_quantity) over (
            partition by receipts.company_id, receipts.purchase_order_id, receipts.line_number
            order by receipts.received_date, receipts.receipt_id
        ) as cumulated_quantity
    from receipts
)

select
    cumulated.company_id,
    cumulated.purchase_order_id,
    cumulated.line_number,
    count(*)::integer as receipt_count,
    sum(cumulated.received_quantity)::numeric(18, 4) as received_quantity,
    sum(cumulated.rejected_quantity)::numeric(18, 4) as rejected_quantity,
    min(cumulated.received_date) as first_receipt_date,
    max(cumulated.received_date) as last_receipt_date,
    min(cumulated.received_date) filter (
        where cumulated.cumulated_quantity >= policies.in_full_pct * lines.ordered_quantity
    ) as in_full_date,
    -- Each part by its own days; what comes on top of the order is not waited for.
    sum(
        greatest(cumulated.received_date - lines.due_date, 0) * (
            least(cumulated.cumulated_quantity, lines.ordered_quantity)
            - least(cumulated.cumulated_quantity - cumulated.received_quantity, lines.ordered_quantity)
        )
    )::numeric(18, 4) as received_late_days_quantity
from cumulated
inner join lines using (company_id, purchase_order_id, line_number)
inner join policies on cumulated.company_id = policies.company_id
group by cumulated.company_id, cumulated.purchase_order_id, cumulated.line_number
