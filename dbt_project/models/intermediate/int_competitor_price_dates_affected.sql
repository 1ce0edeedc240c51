{{ config(materialized='table') }}

{{ reopened_dates(
    ref('stg_competitor_prices_affected_dates'),
    fact='fct_competitor_prices_daily',
    date_column='seen_date',
    members=[
        {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
    ]
) }}
