{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'shipment_id'],
    on_schema_change='fail'
) }}

{{ latest_version_incremental(
    'shipments',
    key=['shipment_id'],
    columns=[
        'shipment_id',
        'direction',
        'status',
        'carrier_id',
        'carrier_name',
        'service',
        'supplier_id',
        'purchase_order_id',
        'transaction_id',
        'from_location_id',
        'to_location_id',
        'shipped_date',
        'promised_date',
        'delivered_date',
        'package_count',
        'weight_kg',
        'freight_amount',
        'insurance_amount',
        'claim_amount',
        'currency',
        'is_damaged',
    ]
) }}
