{{ config(materialized='table') }}

{{ affected_dates('competitor_prices', key=['competitor_id', 'product_id', 'seen_at'], date_column='seen_date') }}
