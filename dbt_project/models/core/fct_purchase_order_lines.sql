-- Grain: one row per company and purchase order line, updated as receipts come in (accumulating snapshot).
-- Non-additive: unit_price, lead_time_days, late_days.
with lines as (
    select * from {{ ref('stg_purchase_order_lines') }}
),

orders as (
    select * from {{ ref('stg_purchase_orders') }}
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

joined as (
    select
        lines.*,
        orders.supplier_id,
        orders.ship_to_location_id,
        orders.order_date,
        coalesce(lines.requested_date, orders.requested_date) as line_requested_date,
        coalesce(lines.confirmed_date, orders.confirmed_date) as line_confirmed_date,
        coalesce(lines.status, orders.status) as line_status,
        received.receipt_count,
        received.first_receipt_date,
        received.last_receipt_date,
        received.in_full_date,
        received.received_late_days_quantity,
        -- Receipts are the better witness; a source without them may still state totals on the line.
        coalesce(received.received_quantity, lines.received_quantity) as total_received_quantity,
        coalesce(received.rejected_quantity, lines.rejected_quantity) as total_rejected_quantity
    from lines
    left join orders
        on lines.company_id = orders.company_id and lines.purchase_order_id = orders.purchase_order_id
    left join received
        on
            lines.company_id = received.company_id
            and lines.purchase_order_id = received.purchase_order_id
            and lines.line_number = received.line_number
)

select
    {{ surrogate_key(['joined.company_id', 'joined.purchase_order_id', 'joined.line_number']) }}
        as purchase_order_line_key,
    {{ date_key('joined.order_date') }} as order_date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    joined.company_id,
    joined.purchase_order_id,
    joined.line_number,
    joined.product_id,
    joined.supplier_id,
    joined.ship_to_location_id as location_id,
    joined.line_status as status,
    joined.uom,
    joined.currency,
    joined.ordered_quantity,
    joined.confirmed_quantity,
    joined.total_received_quantity::numeric(18, 4) as received_quantity,
    joined.total_rejected_quantity::numeric(18, 4) as rejected_quantity,
    -- Nothing more comes of a line that is closed, in full or short.
    case
        when coalesce(joined.line_status, 'open') in ('complete', 'cancelled', 'rejected') then 0
        else greatest(joined.ordered_quantity - coalesce(joined.total_received_quantity, 0), 0)
    end::numeric(18, 4) as outstanding_quantity,
    joined.unit_price,
    coalesce(
        joined.line_amount, joined.ordered_quantity * joined.unit_price - coalesce(joined.discount_amount, 0)
    )::numeric(18, 4) as line_amount,
    joined.receipt_count,
    joined.received_late_days_quantity::numeric(18, 4) as received_late_days_quantity,
    joined.order_date,
    joined.line_requested_date as requested_date,
    joined.line_confirmed_date as confirmed_date,
    coalesce(joined.line_confirmed_date, joined.line_requested_date) as due_date,
    joined.first_receipt_date,
    joined.last_receipt_date,
    joined.in_full_date,
    (joined.first_receipt_date - joined.order_date)::integer as lead_time_days,
    (joined.in_full_date - coalesce(joined.line_confirmed_date, joined.line_requested_date))::integer as late_days
from joined
left join products
    on
        joined.company_id = products.company_id
        and joined.product_id = products.product_id
        and joined.order_date >= products.valid_from
        and joined.order_date < products.valid_to
left join suppliers
    on
        joined.company_id = suppliers.company_id
        and joined.supplier_id = suppliers.supplier_id
        and joined.order_date >= suppliers.valid_from
        and joined.order_date < suppliers.valid_to
left join locations
    on
        joined.company_id = locations.company_id
        and joined.ship_to_location_id = locations.location_id
        and joined.order_date >= locations.valid_from
        and joined.order_date < locations.valid_to
