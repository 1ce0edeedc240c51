{{ config(materialized='table') }}

with events as (
    {{ reopened_dates(
        ref('stg_web_events_affected_dates'),
        fact='fct_web_events_daily',
        date_column='event_date',
        members=[
            {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
        ]
    ) }}
),

sessions as (
    {{ reopened_dates(
        ref('stg_web_events_affected_dates'),
        fact='fct_web_sessions',
        date_column='event_date',
        members=[
            {'dimension': ref('dim_customer'), 'entity': 'customers', 'natural': 'customer_id', 'key': 'customer_key'},
        ]
    ) }}
)

select company_id, affected_date from events
union
select company_id, affected_date from sessions
