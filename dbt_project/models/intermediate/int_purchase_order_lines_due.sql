{{ config(materialized='table') }}

-- A table, because receipts are joined to it: over the views behind it the database guesses few rows and loops.
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
    lines.ordered_quantity,
    coalesce(
        lines.confirmed_date, orders.confirmed_date, lines.requested_date, orders.requested_date
    ) as due_date
from lines
left join orders
    on lines.company_id = orders.company_id and lines.purchase_order_id = orders.purchase_order_id
