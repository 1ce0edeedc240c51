{{ config(materialized='table') }}

{{ affected_dates('stock_lots', key=['snapshot_date', 'location_id', 'product_id', 'lot_id'], date_column='snapshot_date') }}
