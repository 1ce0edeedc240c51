{{ latest_version(
    'returns',
    key=['return_id', 'line_number'],
    columns=[
        'return_id',
        'line_number',
        'status',
        'returned_at',
        'return_date',
        'location_id',
        'channel',
        'customer_id',
        'transaction_id',
        'sales_line_number',
        'product_id',
        'quantity',
        'uom',
        'refund_amount',
        'currency',
        'return_reason',
        'is_restockable',
    ]
) }}
