{{ config(materialized='table') }}

-- What an order line leaves open, its order says; an order that is deleted takes its lines along. A table, because receipts are joined to it: over the views behind it
-- the database guesses few rows and loops.
with lines as (
    select * from {{ ref('stg_purchase_order_lines') }}
),

orders as (
    select * from {{ ref('stg_purchase_orders') }}
)

select
    lines.company_id,
    lines.purchase_order_id,
    lines.line_number,
    orders.supplier_id,
    lines.product_id,
    orders.ship_to_location_id as location_id,
    coalesce(lines.status, orders.status) as status,
    lines.uom,
    lines.currency,
    lines.ordered_quantity,
    lines.confirmed_quantity,
    lines.received_quantity,
    lines.rejected_quantity,
    lines.unit_price,
    coalesce(
        lines.line_amount, lines.ordered_quantity * lines.unit_price - coalesce(lines.discount_amount, 0)
    )::numeric(18, 4) as line_amount,
    orders.order_date,
    coalesce(lines.requested_date, orders.requested_date) as requested_date,
    coalesce(lines.confirmed_date, orders.confirmed_date) as confirmed_date,
    orders.ship_date as shipped_date,
    coalesce(
        lines.confirmed_date, orders.confirmed_date, lines.requested_date, orders.requested_date
    ) as due_date
from lines
left join orders
    on lines.company_id = orders.company_id and lines.purchase_order_id = orders.purchase_order_id
where not coalesce(orders.is_deleted, false)
