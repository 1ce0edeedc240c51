{{ config(materialized='table') }}

-- Lots with the day they expire: as the latest count of lots states it, else as goods receipts do; the earliest where places,
-- or receipts of one lot, differ.
with counts as (
    select
        lots.company_id,
        max(lots.snapshot_date) as counted_date
    from {{ ref('fct_stock_lots') }} as lots
    inner join {{ ref('int_company_policies') }} as policies
        on lots.company_id = policies.company_id and lots.snapshot_date <= policies.business_date
    group by lots.company_id
),

counted as (
    select
        lots.company_id,
        lots.product_id,
        lots.lot_id,
        min(lots.received_date) as received_date,
        min(lots.expiry_date) as expiry_date
    from {{ ref('fct_stock_lots') }} as lots
    inner join counts on lots.company_id = counts.company_id and lots.snapshot_date = counts.counted_date
    group by lots.company_id, lots.product_id, lots.lot_id
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
