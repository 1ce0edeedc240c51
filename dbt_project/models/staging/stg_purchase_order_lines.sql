{{ latest_version(
    'purchase_order_lines',
    key=['purchase_order_id', 'line_number'],
    columns=[
        'purchase_order_id',
        'line_number',
        'product_id',
        'ordered_quantity',
        'confirmed_quantity',
        'received_quantity',
        'rejected_quantity',
        'stocked_quantity',
        'uom',
        'unit_price',
        'discount_amount',
        'line_amount',
        'currency',
        'requested_date',
        'confirmed_date',
        'status',
        'cancel_reason',
    ]
) }}
