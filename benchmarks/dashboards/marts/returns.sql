-- Which products of a category came back most in a month?
select
    product_id,
    product_name,
    returned_quantity,
    returned_amount,
    return_line_count,
    return_quantity_pct
from marts.mart_returns_monthly
where
    company_id = %(company)s
    and month_start_date = %(month)s
    and category_1 = %(category)s
    and return_line_count > 0
order by returned_amount desc nulls last, product_id
limit 20
