-- What the metric of the return rate reads: quantities sold and taken back where sales lines tell both.
select
    company_id,
    product_key,
    location_key,
    sale_date,
    channel,
    currency,
    uom,
    sold_quantity,
    returned_quantity
from {{ ref('fct_sales_daily') }}
where company_id in (select company_id from {{ ref('int_return_bookers') }})
