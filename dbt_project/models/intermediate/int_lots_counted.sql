{{ config(materialized='table') }}

-- Lots as the latest count of each place up to the business date found them: not all places are counted on one day.
with counted as (
    select
        lots.*,
        max(lots.snapshot_date) over (partition by lots.company_id, lots.location_id) as counted_date
    from {{ ref('fct_stock_lots') }} as lots
    inner join {{ ref('int_company_policies') }} as policies
        on lots.company_id = policies.company_id and lots.snapshot_date <= policies.business_date
)

select
    company_id,
    location_id,
    product_id,
    lot_id,
    counted_date,
    on_hand_quantity,
    received_date,
    expiry_date
from counted
where snapshot_date = counted_date
