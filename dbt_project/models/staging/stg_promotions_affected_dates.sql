{{ config(materialized='table') }}

{{ affected_dates('promotions', key=['promotion_id', 'product_id', 'location_id'], date_column='start_date') }}
