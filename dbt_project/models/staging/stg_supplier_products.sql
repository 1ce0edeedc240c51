{{ latest_version(
    'supplier_products',
    key=['supplier_id', 'product_id', 'effective_from'],
    columns=[
        'supplier_id',
        'product_id',
        'effective_from',
        'effective_to',
        'supplier_product_code',
        'unit_price',
        'currency',
        'uom',
        'minimum_order_quantity',
        'order_multiple',
        'maximum_order_quantity',
        'lead_time_days',
        'priority',
        'share_pct',
    ]
) }}
