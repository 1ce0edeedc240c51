{{ latest_version(
    'locations',
    key=['location_id'],
    columns=[
        'location_id',
        'location_name',
        'location_type',
        'parent_location_id',
        'region',
        'country_code',
        'latitude',
        'longitude',
        'open_date',
        'close_date',
        'area_m2',
        'timezone',
        'cluster',
    ]
) }}
