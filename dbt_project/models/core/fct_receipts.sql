-- Grain: one row per company and goods receipt; an order line may be received in parts.
-- Non-additive: landed_unit_cost.
with receipts as (
    select * from {{ ref('stg_receipts') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
)

select
    {{ surrogate_key(['receipts.company_id', 'receipts.receipt_id']) }} as receipt_key,
    {{ date_key('receipts.received_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    receipts.company_id,
    receipts.receipt_id,
    receipts.purchase_order_id,
    receipts.line_number,
    receipts.product_id,
    receipts.location_id,
    receipts.supplier_id,
    receipts.lot_id,
    receipts.uom,
    receipts.reject_reason,
    receipts.received_quantity,
    coalesce(receipts.rejected_quantity, 0)::numeric(18, 4) as rejected_quantity,
    coalesce(
        receipts.accepted_quantity, receipts.received_quantity - coalesce(receipts.rejected_quantity, 0)
    )::numeric(18, 4) as accepted_quantity,
    receipts.landed_unit_cost,
    receipts.received_date,
    receipts.expiry_date,
    receipts.received_at
from receipts
left join products
    on
        receipts.company_id = products.company_id
        and receipts.product_id = products.product_id
        and receipts.received_date >= products.valid_from
        and receipts.received_date < products.valid_to
left join locations
    on
        receipts.company_id = locations.company_id
        and receipts.location_id = locations.location_id
        and receipts.received_date >= locations.valid_from
        and receipts.received_date < locations.valid_to
left join suppliers
    on
        receipts.company_id = suppliers.company_id
        and receipts.supplier_id = suppliers.supplier_id
        and receipts.received_date >= suppliers.valid_from
        and receipts.received_date < suppliers.valid_to
