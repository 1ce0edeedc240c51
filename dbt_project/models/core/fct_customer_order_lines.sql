-- Grain: one row per company, customer order and line, updated on its way (accumulating snapshot).
-- Non-additive: unit_price, late_days.
with lines as (
    select * from {{ ref('stg_customer_order_lines') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
)

select
    {{ surrogate_key(['lines.company_id', 'lines.order_id', 'lines.line_number']) }} as customer_order_line_key,
    {{ date_key('lines.order_date') }} as order_date_key,
    {{ date_key('lines.promised_date') }} as promised_date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    {{ member_key('customers', 'customer_key') }} as customer_key,
    lines.company_id,
    lines.order_id,
    lines.line_number,
    coalesce(lines.channel, 'unknown') as channel,
    lines.location_id,
    coalesce(lines.customer_id, 'unknown') as customer_id,
    lines.product_id,
    lines.status,
    lines.uom,
    lines.currency,
    lines.ordered_quantity,
    lines.shipped_quantity,
    lines.unit_price,
    (lines.ordered_quantity * lines.unit_price)::numeric(18, 4) as ordered_amount,
    coalesce(lines.is_damaged, false) as is_damaged,
    coalesce(lines.is_invoice_disputed, false) as is_invoice_disputed,
    lines.order_date,
    lines.promised_date,
    lines.shipped_date,
    lines.delivered_date,
    (coalesce(lines.delivered_date, lines.shipped_date) - lines.promised_date)::integer as late_days
from lines
left join products
    on
        lines.company_id = products.company_id
        and lines.product_id = products.product_id
        and lines.order_date >= products.valid_from
        and lines.order_date < products.valid_to
left join locations
    on
        lines.company_id = locations.company_id
        and lines.location_id = locations.location_id
        and lines.order_date >= locations.valid_from
        and lines.order_date < locations.valid_to
left join customers
    on
        lines.company_id = customers.company_id
        and lines.customer_id = customers.customer_id
        and lines.order_date >= customers.valid_from
        and lines.order_date < customers.valid_to
