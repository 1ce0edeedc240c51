-- depends_on: {{ ref('stg_stock_movements_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'movement_id'],
    on_schema_change='fail',
    indexes=[
        {'columns': ['company_id', 'movement_id']},
        {'columns': ['company_id', 'movement_date']},
    ]
) }}

{{ latest_version_incremental(
    'stock_movements',
    key=['movement_id'],
    columns=[
        'movement_id',
        'moved_at',
        'movement_date',
        'product_id',
        'from_location_id',
        'to_location_id',
        'movement_type',
        'quantity',
        'uom',
        'reference_document',
        'lot_id',
        'original_receipt_date',
        'unit_cost',
        'currency',
    ]
) }}
