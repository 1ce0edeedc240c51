{{ config(materialized='table') }}

-- Lots with the day they expire: as the latest counts of the places state it, else as goods receipts do; the earliest where
-- places, or receipts of one lot, differ.
with counted as (
    select
        company_id,
        product_id,
        lot_id,
        min(received_date) as received_date,
        min(expiry_date) as expiry_date
    from {{ ref('int_lots_counted') }}
    group by company_id, product_id, lot_id
),

received as (
    select
        company_id,
        product_id,
        lot_id,
        min(received_date) as received_date,
        min(expiry_date) as expiry_date
    from {{ ref('fct_receipts') }}
    where lot_id is not null
    group by company_id, product_id, lot_id
)

select
    company_id,
    product_id,
    lot_id,
    coalesce(counted.received_date, received.received_date) as first_received_date,
    coalesce(counted.expiry_date, received.expiry_date) as expiry_date
from counted
full join received using (company_id, product_id, lot_id)
