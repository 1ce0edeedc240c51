-- depends_on: {{ ref('stg_stock_lots_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'snapshot_date', 'location_id', 'product_id', 'lot_id'],
    on_schema_change='fail',
    indexes=[{'columns': ['company_id', 'snapshot_date', 'location_id', 'product_id', 'lot_id']}]
) }}

{{ latest_version_incremental(
    'stock_lots',
    key=['snapshot_date', 'location_id', 'product_id', 'lot_id'],
    columns=[
        'snapshot_date',
        'location_id',
        'product_id',
        'lot_id',
        'on_hand_quantity',
        'uom',
        'manufactured_date',
        'expiry_date',
        'received_date',
        'supplier_id',
        'unit_cost',
        'currency',
    ]
) }}
