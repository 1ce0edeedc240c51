{{ latest_version(
    'customers',
    key=['customer_id'],
    columns=[
        'customer_id',
        'customer_type',
        'region',
        'country_code',
        'signup_date',
        'tier',
        'age_band',
        'income_band',
        'household_size',
        'household_composition',
        'kids_count',
        'home_ownership',
        'marital_status',
        'has_consent',
        'erased_at',
    ]
) }}
