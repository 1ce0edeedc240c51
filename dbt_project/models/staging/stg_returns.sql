-- depends_on: {{ ref('stg_returns_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'return_id', 'line_number'],
    on_schema_change='fail',
    indexes=[{'columns': ['company_id', 'return_date']}]
) }}

{{ latest_version_incremental(
    'returns',
    key=['return_id', 'line_number'],
    columns=[
        'return_id',
        'line_number',
        'status',
        'returned_at',
        'return_date',
        'location_id',
        'channel',
        'customer_id',
        'transaction_id',
        'sales_line_number',
        'product_id',
        'quantity',
        'uom',
        'refund_amount',
        'currency',
        'return_reason',
        'is_restockable',
    ]
) }}
