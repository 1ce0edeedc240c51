{{ config(materialized='table') }}

{{ affected_dates('web_events', key=['event_id'], date_column='event_date') }}
