select
    lines.purchase_order_id,
    lines.line_number,
    suppliers.supplier_name,
    products.product_name,
    lines.outstanding_quantity as open_quantity,
    round(lines.line_amount * lines.outstanding_quantity / nullif(lines.ordered_quantity, 0), 4) as open_amount,
    lines.due_date as promised_date
from core.fct_purchase_order_lines as lines
left join core.dim_supplier as suppliers
    on lines.company_id = suppliers.company_id and lines.supplier_id = suppliers.supplier_id and suppliers.is_current
left join core.dim_product as products
    on lines.company_id = products.company_id and lines.product_id = products.product_id and products.is_current
where
    lines.company_id = %(company)s
    and lines.is_binding
    and lines.outstanding_quantity > 0
    and lines.due_date < %(day)s
    and coalesce(lines.order_date, lines.due_date) <= %(day)s
order by lines.due_date, lines.purchase_order_id, lines.line_number
limit 50
