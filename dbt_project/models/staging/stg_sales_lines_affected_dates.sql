{{ config(materialized='table') }}

{{ affected_dates('sales_lines', key=['transaction_id', 'line_number'], date_column='sale_date') }}
