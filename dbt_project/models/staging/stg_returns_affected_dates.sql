{{ config(materialized='table') }}

{{ affected_dates('returns', key=['return_id', 'line_number'], date_column='return_date') }}
