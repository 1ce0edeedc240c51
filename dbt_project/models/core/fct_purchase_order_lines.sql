-- Grain: one row per company and purchase order line, updated as receipts come in (accumulating snapshot).
-- Non-additive: unit_price, lead_time_days, late_days.
with lines as (
    select * from {{ ref('int_purchase_order_lines_joined') }}
),

received as (
    select * from {{ ref('int_purchase_order_lines_received') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
),

locations as (
    select * from {{ ref('dim_location') }}
),

totalled as (
    select
        lines.*,
        -- An order without a date has the members of the day it is due, else the first ones.
        coalesce(lines.order_date, lines.due_date, date '1900-01-01') as valid_on_date,
        received.receipt_count,
        received.first_receipt_date,
        received.last_receipt_date,
        received.in_full_date,
        received.received_late_days_quantity,
        -- Receipts are the better witness; a source without them may still state totals on the line.
        coalesce(received.received_quantity, lines.received_quantity) as total_received_quantity,
        coalesce(received.rejected_quantity, lines.rejected_quantity) as total_rejected_quantity
    from lines
    left join received
        on
            lines.company_id = received.company_id
            and lines.purchase_order_id = received.purchase_order_id
            and lines.line_number = received.line_number
)

select
    {{ surrogate_key(['totalled.company_id', 'totalled.purchase_order_id', 'totalled.line_number']) }}
        as purchase_order_line_key,
    {{ date_key('totalled.order_date') }} as order_date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    totalled.company_id,
    totalled.purchase_order_id,
    totalled.line_number,
    totalled.product_id,
    totalled.supplier_id,
    totalled.location_id,
    totalled.status,
    totalled.uom,
    totalled.currency,
    totalled.ordered_quantity,
    totalled.confirmed_quantity,
    totalled.total_received_quantity::numeric(18, 4) as received_quantity,
    totalled.total_rejected_quantity::numeric(18, 4) as rejected_quantity,
    -- Nothing more comes of a line that is closed, in full or short.
    case
        when coalesce(totalled.status, 'open') in ('complete', 'cancelled', 'rejected') then 0
        else greatest(totalled.ordered_quantity - coalesce(totalled.total_received_quantity, 0), 0)
    end::numeric(18, 4) as outstanding_quantity,
    totalled.unit_price,
    totalled.line_amount,
    -- What was refused or never placed binds nobody.
    coalesce(totalled.status, 'open') not in ('cancelled', 'rejected', 'draft') as is_binding,
    totalled.receipt_count,
    totalled.received_late_days_quantity::numeric(18, 4) as received_late_days_quantity,
    totalled.order_date,
    totalled.requested_date,
    totalled.confirmed_date,
    totalled.due_date,
    totalled.shipped_date,
    totalled.first_receipt_date,
    totalled.last_receipt_date,
    totalled.in_full_date,
    (totalled.first_receipt_date - totalled.order_date)::integer as lead_time_days,
    (totalled.in_full_date - totalled.due_date)::integer as late_days
from totalled
left join products
    on
        totalled.company_id = products.company_id
        and totalled.product_id = products.product_id
        and totalled.valid_on_date >= products.valid_from
        and totalled.valid_on_date < products.valid_to
left join suppliers
    on
        totalled.company_id = suppliers.company_id
        and totalled.supplier_id = suppliers.supplier_id
        and totalled.valid_on_date >= suppliers.valid_from
        and totalled.valid_on_date < suppliers.valid_to
left join locations
    on
        totalled.company_id = locations.company_id
        and totalled.location_id = locations.location_id
        and totalled.valid_on_date >= locations.valid_from
        and totalled.valid_on_date < locations.valid_to
