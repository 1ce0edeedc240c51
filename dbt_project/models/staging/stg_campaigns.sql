{{ latest_version(
    'campaigns',
    key=['campaign_id'],
    columns=[
        'campaign_id',
        'campaign_name',
        'campaign_type',
        'start_date',
        'end_date',
    ]
) }}
