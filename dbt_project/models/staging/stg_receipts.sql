{{ latest_version(
    'receipts',
    key=['receipt_id'],
    columns=[
        'receipt_id',
        'purchase_order_id',
        'line_number',
        'product_id',
        'location_id',
        'supplier_id',
        'received_at',
        'received_date',
        'received_quantity',
        'accepted_quantity',
        'rejected_quantity',
        'reject_reason',
        'uom',
        'lot_id',
        'expiry_date',
        'landed_unit_cost',
        'currency',
    ]
) }}
