{{ all_versions(
    'suppliers',
    key=['supplier_id'],
    columns=[
        'supplier_name',
        'country_code',
        'currency',
        'payment_terms_days',
        'incoterm',
        'order_minimum_amount',
        'order_days',
        'quoted_lead_time_days',
        'status',
        'is_preferred',
        'credit_rating',
    ]
) }}
