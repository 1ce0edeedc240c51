{{ config(materialized='table') }}

-- Lots with the day they expire, as goods receipts state it; the earliest where receipts of one lot differ.
select
    company_id,
    product_id,
    lot_id,
    min(received_date) as first_received_date,
    min(expiry_date) as expiry_date
from {{ ref('fct_receipts') }}
where lot_id is not null
group by company_id, product_id, lot_id
