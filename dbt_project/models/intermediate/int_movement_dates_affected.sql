{{ config(materialized='table') }}

{{ reopened_dates(
    ref('stg_stock_movements_affected_dates'),
    fact='fct_stock_movements',
    date_column='movement_date',
    members=[
        {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
    ]
) }}
