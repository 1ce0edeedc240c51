-- Which order lines are overdue, the longest first?
select
    purchase_order_id,
    line_number,
    supplier_name,
    product_name,
    open_quantity,
    open_amount,
    promised_date,
    projected_arrival_date
from marts.mart_purchase_order_progress
where company_id = %(company)s and stage = 'overdue'
order by promised_date, purchase_order_id, line_number
limit 50
