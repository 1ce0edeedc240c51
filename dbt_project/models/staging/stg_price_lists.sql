{{ latest_version(
    'price_lists',
    key=['price_list_id', 'product_id', 'location_id', 'price_type', 'valid_from'],
    columns=[
        'price_list_id',
        'product_id',
        'location_id',
        'price_type',
        'valid_from',
        'valid_to',
        'region',
        'unit_price',
        'currency',
        'uom',
        'reason',
    ]
) }}
