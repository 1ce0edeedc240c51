-- Grain: one row per company, transaction and line; returns are lines with negative quantity or is_return.
-- Non-additive: unit_price.
-- The second index is for returns, which name their sale by the transaction.
-- depends_on: {{ ref('int_sales_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_dates_affected', 'date_column': 'sale_date'},
    indexes=[{'columns': ['company_id', 'sale_date']}, {'columns': ['company_id', 'transaction_id']}]
) }}

with lines as (
    select *
    from {{ ref('stg_sales_lines') }} as sales_lines
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_sales_dates_affected'), 'sales_lines.company_id', 'sales_lines.sale_date'
        ) }}
        {%- endif %}
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
),

customers as (
    select * from {{ ref('dim_customer') }}
),

promotions as (
    select * from {{ ref('dim_promotion') }}
),

suspects as (
    select * from {{ ref('int_transactions_scored') }}
    where is_suspect
)

select
    {{ surrogate_key(['lines.company_id', 'lines.transaction_id', 'lines.line_number']) }} as sales_line_key,
    {{ date_key('lines.sale_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    {{ member_key('customers', 'customer_key') }} as customer_key,
    {{ member_key('promotions', 'promotion_key') }} as promotion_key,
    lines.company_id,
    lines.transaction_id,
    lines.line_number,
    lines.product_id,
    lines.location_id,
    -- An anonymous sale belongs to the unknown member, also by its natural key.
    coalesce(lines.customer_id, 'unknown') as customer_id,
    lines.promotion_id,
    lines.channel,
    lines.uom,
    lines.currency,
    lines.quantity,
    lines.unit_price,
    coalesce(lines.gross_amount, lines.net_amount + coalesce(lines.discount_amount, 0))::numeric(18, 4) as gross_amount,
    coalesce(lines.discount_amount, 0)::numeric(18, 4) as discount_amount,
    lines.net_amount,
    coalesce(lines.coupon_amount, 0)::numeric(18, 4) as coupon_amount,
    lines.tax_amount,
    coalesce(lines.cost_amount, lines.quantity * products.standard_cost)::numeric(18, 4) as cost_amount,
    coalesce(lines.is_return, false) or lines.quantity < 0 as is_return,
    suspects.transaction_id is not null as is_suspect,
    lines.sale_date,
    lines.sold_at,
    lines._batch_id as batch_id
from lines
left join products
    on
        lines.company_id = products.company_id
        and lines.product_id = products.product_id
        and lines.sale_date >= products.valid_from
        and lines.sale_date < products.valid_to
left join locations
    on
        lines.company_id = locations.company_id
        and lines.location_id = locations.location_id
        and lines.sale_date >= locations.valid_from
        and lines.sale_date < locations.valid_to
left join customers
    on
        lines.company_id = customers.company_id
        and lines.customer_id = customers.customer_id
        and lines.sale_date >= customers.valid_from
        and lines.sale_date < customers.valid_to
left join promotions
    on
        lines.company_id = promotions.company_id
        and lines.promotion_id = promotions.promotion_id
left join suspects
    on
        lines.company_id = suspects.company_id
        and lines.transaction_id = suspects.transaction_id
        and lines.sale_date = suspects.sale_date
