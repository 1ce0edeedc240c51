{{ config(materialized='table') }}

{{ affected_dates('stock_movements', key=['movement_id'], date_column='movement_date') }}
