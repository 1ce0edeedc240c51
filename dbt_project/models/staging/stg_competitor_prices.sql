-- depends_on: {{ ref('stg_competitor_prices_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'competitor_id', 'product_id', 'seen_at'],
    on_schema_change='fail',
    indexes=[
        {'columns': ['company_id', 'competitor_id', 'product_id', 'seen_at']},
        {'columns': ['company_id', 'seen_date']},
    ]
) }}

{{ latest_version_incremental(
    'competitor_prices',
    key=['competitor_id', 'product_id', 'seen_at'],
    columns=[
        'competitor_id',
        'product_id',
        'seen_at',
        'seen_date',
        'competitor_name',
        'competitor_product_code',
        'match_confidence',
        'price',
        'regular_price',
        'currency',
        'uom',
        'is_promotion',
        'is_in_stock',
        'url',
    ]
) }}
