-- depends_on: {{ ref('stg_web_events_affected_dates') }}
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['company_id', 'event_id'],
    on_schema_change='fail',
    indexes=[
        {'columns': ['company_id', 'event_id']},
        {'columns': ['company_id', 'event_date']},
    ]
) }}

{{ latest_version_incremental(
    'web_events',
    key=['event_id'],
    columns=[
        'event_id',
        'occurred_at',
        'event_date',
        'event_type',
        'session_id',
        'visitor_id',
        'customer_id',
        'channel',
        'device',
        'location_id',
        'product_id',
        'quantity',
        'uom',
        'search_term',
        'transaction_id',
        'dwell_seconds',
        'referrer',
    ]
) }}
