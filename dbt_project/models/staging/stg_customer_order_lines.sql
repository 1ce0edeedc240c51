{{ latest_version(
    'customer_order_lines',
    key=['order_id', 'line_number'],
    columns=[
        'order_id',
        'line_number',
        'order_date',
        'channel',
        'location_id',
        'customer_id',
        'product_id',
        'ordered_quantity',
        'shipped_quantity',
        'uom',
        'unit_price',
        'currency',
        'promised_date',
        'shipped_date',
        'delivered_date',
        'status',
        'is_damaged',
        'is_invoice_disputed',
    ]
) }}
