{{ latest_version(
    'rfqs',
    key=['rfq_id', 'product_id', 'supplier_id'],
    columns=[
        'rfq_id',
        'product_id',
        'supplier_id',
        'status',
        'quantity',
        'uom',
        'ship_to_location_id',
        'sent_date',
        'due_date',
    ]
) }}
