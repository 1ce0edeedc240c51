{{ latest_version(
    'purchase_orders',
    key=['purchase_order_id'],
    columns=[
        'purchase_order_id',
        'supplier_id',
        'ship_to_location_id',
        'order_date',
        'requested_date',
        'confirmed_date',
        'ship_date',
        'status',
        'currency',
        'incoterm',
        'subtotal_amount',
        'tax_amount',
        'freight_amount',
        'total_amount',
    ],
    with_deleted=true
) }}
