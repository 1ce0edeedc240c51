-- depends_on: {{ ref('stg_promotions_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'promotion_id', 'product_id', 'location_id'],
    on_schema_change='fail'
) }}

{{ latest_version_incremental(
    'promotions',
    key=['promotion_id', 'product_id', 'location_id'],
    columns=[
        'promotion_id',
        'product_id',
        'location_id',
        'start_date',
        'end_date',
        'mechanic',
        'description',
        'display_location',
        'mailer_location',
        'discount_pct',
        'minimum_quantity',
        'maximum_quantity',
        'planned_uplift_pct',
        'campaign_id',
    ]
) }}
