-- What lies at a place, how long does it last, and what is wrong with it?
select
    product_id,
    product_name,
    category_1,
    on_hand_quantity,
    available_quantity,
    on_hand_amount,
    sold_13w_quantity,
    cover_days,
    stock_status
from marts.mart_stock_status
where company_id = %(company)s and location_id = %(stock_place)s
order by on_hand_amount desc nulls last, product_id
limit 100
