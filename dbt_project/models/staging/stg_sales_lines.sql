-- depends_on: {{ ref('stg_sales_lines_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'transaction_id', 'line_number'],
    on_schema_change='fail',
    indexes=[
        {'columns': ['company_id', 'transaction_id', 'line_number']},
        {'columns': ['company_id', 'sale_date']},
        {'columns': ['_batch_id']},
    ]
) }}

{{ latest_version_incremental(
    'sales_lines',
    key=['transaction_id', 'line_number'],
    columns=[
        'transaction_id',
        'line_number',
        'sold_at',
        'sale_date',
        'location_id',
        'channel',
        'customer_id',
        'device_hash',
        'address_hash',
        'product_id',
        'quantity',
        'uom',
        'unit_price',
        'gross_amount',
        'discount_amount',
        'net_amount',
        'coupon_amount',
        'tax_amount',
        'cost_amount',
        'currency',
        'promotion_id',
        'is_return',
    ]
) }}
