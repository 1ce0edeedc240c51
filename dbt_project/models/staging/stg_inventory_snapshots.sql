-- depends_on: {{ ref('stg_inventory_snapshots_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'snapshot_date', 'location_id', 'product_id', 'stock_condition'],
    on_schema_change='fail',
    indexes=[{'columns': ['company_id', 'snapshot_date', 'location_id', 'product_id', 'stock_condition']}]
) }}

{{ latest_version_incremental(
    'inventory_snapshots',
    key=['snapshot_date', 'location_id', 'product_id', 'stock_condition'],
    columns=[
        'snapshot_date',
        'location_id',
        'product_id',
        'stock_condition',
        'on_hand_quantity',
        'allocated_quantity',
        'in_transit_quantity',
        'on_order_quantity',
        'unit_cost',
        'currency',
        'uom',
    ]
) }}
