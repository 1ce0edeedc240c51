{{ latest_version(
    'quotations',
    key=['quotation_id'],
    columns=[
        'quotation_id',
        'rfq_id',
        'supplier_id',
        'product_id',
        'status',
        'quoted_date',
        'valid_to',
        'unit_price',
        'currency',
        'uom',
        'minimum_order_quantity',
        'lead_time_days',
    ]
) }}
