{{ config(materialized='table') }}

{{ reopened_dates(
    ref('stg_stock_lots_affected_dates'),
    fact='fct_stock_lots',
    date_column='snapshot_date',
    members=[
        {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
        {'dimension': ref('dim_location'), 'entity': 'locations', 'natural': 'location_id', 'key': 'location_key'},
        {'dimension': ref('dim_supplier'), 'entity': 'suppliers', 'natural': 'supplier_id', 'key': 'supplier_key'},
    ]
) }}
