-- Grain: one row per company, customer and period in which its attributes did not change (type 2).
-- Names, e-mail addresses and postal codes are not here: they do not leave raw.
{{ config(indexes=[{'columns': ['company_id', 'customer_id', 'valid_from'], 'unique': true}]) }}

{{ type_2_dimension(
    ref('stg_customer_versions'),
    natural_key='customer_id',
    entity_key='customer_key',
    attributes=[
        'customer_type', 'region', 'country_code', 'signup_date', 'tier', 'age_band', 'income_band', 'household_size',
        'household_composition', 'kids_count', 'home_ownership', 'marital_status', 'has_consent',
    ],
    unknown={'customer_type': "'unknown'"}
) }}
