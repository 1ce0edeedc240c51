{{ latest_version(
    'lanes',
    key=['lane_id'],
    columns=[
        'lane_id',
        'supplier_id',
        'from_location_id',
        'to_location_id',
        'transport_mode',
        'carrier_id',
        'transit_days',
        'cost_fixed_amount',
        'cost_unit_amount',
        'currency',
        'capacity_quantity',
        'uom',
        'departure_days',
        'cutoff_time',
    ]
) }}
