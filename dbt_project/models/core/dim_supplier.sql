-- Grain: one row per company, supplier and period in which its attributes did not change (type 2).
{{ config(indexes=[{'columns': ['company_id', 'supplier_id', 'valid_from'], 'unique': true}]) }}

{{ type_2_dimension(
    ref('stg_supplier_versions'),
    natural_key='supplier_id',
    entity_key='supplier_key',
    attributes=[
        'supplier_name', 'country_code', 'currency', 'payment_terms_days', 'incoterm', 'order_minimum_amount',
        'order_days', 'quoted_lead_time_days', 'status', 'is_preferred', 'credit_rating',
    ],
    unknown={'supplier_name': "'unknown'", 'status': "'unknown'"}
) }}
