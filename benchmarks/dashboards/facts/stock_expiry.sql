with counts as (
    select max(snapshot_date) as counted_date
    from core.fct_stock_lots
    where company_id = %(company)s and snapshot_date <= %(day)s
),

counted as (
    select lots.product_id, lots.location_id, lots.lot_id, lots.on_hand_quantity, lots.expiry_date
    from core.fct_stock_lots as lots
    inner join counts on lots.snapshot_date = counts.counted_date
    where lots.company_id = %(company)s
),

moved as (
    select movements.*
    from core.fct_stock_movements as movements
    inner join counts on movements.movement_date > counts.counted_date
    where
        movements.company_id = %(company)s
        and movements.movement_date <= %(day)s
        and movements.lot_id is not null
),

sides as (
    select product_id, lot_id, on_hand_quantity as quantity
    from counted
    where location_id = %(lot_place)s
    union all
    select product_id, lot_id, quantity
    from moved
    where to_location_id = %(lot_place)s
    union all
    select product_id, lot_id, -quantity
    from moved
    where from_location_id = %(lot_place)s
),

left_over as (
    select product_id, lot_id, sum(quantity) as on_hand_quantity
    from sides
    group by product_id, lot_id
    having sum(quantity) > 0
),

counted_dates as (
    select product_id, lot_id, min(expiry_date) as expiry_date
    from counted
    group by product_id, lot_id
),

received_dates as (
    select product_id, lot_id, min(expiry_date) as expiry_date
    from core.fct_receipts
    where company_id = %(company)s and lot_id is not null
    group by product_id, lot_id
)

select
    left_over.product_id,
    left_over.lot_id,
    coalesce(counted_dates.expiry_date, received_dates.expiry_date) as expiry_date,
    left_over.on_hand_quantity
from left_over
left join counted_dates
    on left_over.product_id = counted_dates.product_id and left_over.lot_id = counted_dates.lot_id
left join received_dates
    on left_over.product_id = received_dates.product_id and left_over.lot_id = received_dates.lot_id
where coalesce(counted_dates.expiry_date, received_dates.expiry_date) <= %(day)s + 30
order by expiry_date, left_over.product_id, left_over.lot_id
limit 100
