{{ latest_version(
    'interactions',
    key=['interaction_id'],
    columns=[
        'interaction_id',
        'occurred_at',
        'interaction_date',
        'customer_id',
        'interaction_type',
        'campaign_id',
        'product_id',
        'coupon_id',
        'channel',
        'session_id',
    ]
) }}
