-- What expires at a place within a month, and what of it will not sell?
select
    product_id,
    lot_id,
    expiry_date,
    on_hand_quantity,
    expected_unsold_quantity,
    value_at_risk_amount
from marts.mart_stock_expiry
where company_id = %(company)s and location_id = %(lot_place)s and expiry_date <= %(day)s + 30
order by expiry_date, product_id, lot_id
limit 100
