-- Grain: one row per company and order line that is not closed, or was in the last supplier.closed_days, at the business date.
-- Non-additive: days and dates. Quantities add up within one unit, amounts within one currency.
{{ config(indexes=[{'columns': ['company_id', 'stage']}]) }}

with followed as (
    select * from {{ ref('int_purchase_order_lines_followed') }}
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
)

select
    followed.company_id,
    followed.purchase_order_id,
    followed.line_number,
    followed.supplier_id,
    suppliers.supplier_name,
    followed.product_id,
    products.product_name,
    followed.location_id,
    followed.as_of_date,
    followed.status,
    case
        when followed.is_draft then 'draft'
        when not followed.is_binding then 'cancelled'
        when not followed.is_open then 'complete'
        when followed.is_overdue then 'overdue'
        when followed.known_received_quantity > 0 then 'partially_received'
        when followed.known_shipped_date <= followed.as_of_date then 'shipped'
        when followed.confirmed_date is not null or coalesce(followed.confirmed_quantity, 0) > 0 then 'confirmed'
        else 'ordered'
    end as stage,
    followed.uom,
    followed.currency,
    followed.ordered_quantity,
    followed.confirmed_quantity,
    followed.received_quantity,
    followed.rejected_quantity,
    case when followed.is_open then followed.outstanding_quantity else 0 end::numeric(18, 4) as open_quantity,
    followed.line_amount,
    case
        when followed.is_open
            then followed.line_amount * followed.outstanding_quantity / nullif(followed.ordered_quantity, 0)
        else 0
    end::numeric(18, 4) as open_amount,
    followed.order_date,
    followed.requested_date,
    followed.confirmed_date,
    followed.due_date as promised_date,
    followed.known_shipped_date as shipped_date,
    followed.first_receipt_date,
    followed.last_receipt_date,
    case when followed.is_open then followed.due_date - followed.as_of_date end::integer as days_until_due,
    case
        when followed.is_binding and followed.due_date is not null
            and (followed.is_open or followed.last_receipt_date is not null)
            then greatest(
                case when followed.is_open then followed.as_of_date else followed.last_receipt_date end
                - followed.due_date, 0
            )
    end::integer as late_days,
    followed.projected_arrival_date,
    case
        when not followed.is_open then null
        when followed.mean_arrival_date is not null then 'history'
        when followed.quoted_arrival_date is not null then 'quoted'
    end as projection_basis,
    followed.is_overdue,
    coalesce(
        followed.is_open and followed.projected_arrival_date > followed.due_date + followed.tolerated_days, false
    ) as is_projected_late,
    followed.is_open and followed.confirmed_date is null and followed.confirmed_quantity is null as is_unconfirmed,
    coalesce(
        followed.is_open and followed.confirmed_quantity < followed.in_full_pct * followed.ordered_quantity, false
    ) as is_confirmed_short,
    coalesce(followed.known_received_quantity > followed.ordered_quantity, false) as is_over_received,
    coalesce(followed.rejected_quantity > 0, false) as has_rejects
from followed
left join products on followed.company_id = products.company_id and followed.product_id = products.product_id
left join suppliers on followed.company_id = suppliers.company_id and followed.supplier_id = suppliers.supplier_id
