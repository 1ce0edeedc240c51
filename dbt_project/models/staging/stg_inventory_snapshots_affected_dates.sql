{{ config(materialized='table') }}

{{ affected_dates('inventory_snapshots', key=['snapshot_date', 'location_id', 'product_id', 'stock_condition'], date_column='snapshot_date') }}
