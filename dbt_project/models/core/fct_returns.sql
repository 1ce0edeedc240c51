-- Grain: one row per company, customer return and line; updated as the return goes on (accumulating snapshot).
-- Non-additive: days_to_return.
-- depends_on: {{ ref('int_return_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_return_dates_affected', 'date_column': 'return_date'},
    indexes=[{'columns': ['company_id', 'return_date']}]
) }}

with returned as (
    select *
    from {{ ref('stg_returns') }} as returns
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_return_dates_affected'), 'returns.company_id', 'returns.return_date'
        ) }}
        {%- endif %}
),

-- The sale a line came from: the line that it names, else the first line of that sale that sells the product.
sold as (
    select distinct on (returned.company_id, returned.return_id, returned.line_number)
        returned.company_id,
        returned.return_id,
        returned.line_number,
        sales_lines.line_number as sales_line_number,
        sales_lines.location_id,
        sales_lines.channel,
        sales_lines.customer_id,
        sales_lines.quantity,
        sales_lines.net_amount,
        sales_lines.sale_date
    from returned
    inner join {{ ref('fct_sales_lines') }} as sales_lines
        on
            returned.company_id = sales_lines.company_id
            and returned.transaction_id = sales_lines.transaction_id
            and returned.product_id = sales_lines.product_id
            and coalesce(returned.sales_line_number, sales_lines.line_number) = sales_lines.line_number
            and sales_lines.is_return is not true
    order by returned.company_id, returned.return_id, returned.line_number, sales_lines.line_number
),

lines as (
    select
        returned.*,
        coalesce(returned.location_id, sold.location_id) as place_id,
        coalesce(returned.customer_id, sold.customer_id, 'unknown') as buyer_id,
        coalesce(returned.channel, sold.channel, 'unknown') as return_channel,
        sold.sales_line_number as matched_line_number,
        sold.location_id as sale_location_id,
        sold.channel as sale_channel,
        sold.quantity as sold_quantity,
        sold.net_amount as sold_net_amount,
        sold.sale_date
    from returned
    left join sold using (company_id, return_id, line_number)
)

select
    {{ surrogate_key(['lines.company_id', 'lines.return_id', 'lines.line_number']) }} as return_line_key,
    {{ date_key('lines.return_date') }} as date_key,
    {{ date_key('lines.sale_date') }} as sale_date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    {{ member_key('customers', 'customer_key') }} as customer_key,
    lines.company_id,
    lines.return_id,
    lines.line_number,
    lines.product_id,
    lines.place_id as location_id,
    lines.buyer_id as customer_id,
    lines.transaction_id,
    lines.matched_line_number as sales_line_number,
    lines.return_channel as channel,
    lines.sale_channel,
    lines.sale_location_id,
    lines.status,
    coalesce(lines.return_reason, 'unknown') as return_reason,
    lines.uom,
    lines.currency,
    lines.quantity as returned_quantity,
    lines.refund_amount,
    lines.sold_quantity,
    lines.sold_net_amount,
    lines.is_restockable,
    lines.sale_date is not null as is_sale_known,
    lines.return_date,
    lines.sale_date,
    (lines.return_date - lines.sale_date)::integer as days_to_return,
    lines.returned_at
from lines
left join {{ ref('dim_product') }} as products
    on
        lines.company_id = products.company_id
        and lines.product_id = products.product_id
        and lines.return_date >= products.valid_from
        and lines.return_date < products.valid_to
left join {{ ref('dim_location') }} as locations
    on
        lines.company_id = locations.company_id
        and lines.place_id = locations.location_id
        and lines.return_date >= locations.valid_from
        and lines.return_date < locations.valid_to
left join {{ ref('dim_customer') }} as customers
    on
        lines.company_id = customers.company_id
        and lines.buyer_id = customers.customer_id
        and lines.return_date >= customers.valid_from
        and lines.return_date < customers.valid_to
