-- depends_on: {{ ref('int_suspect_dates_read') }}
{{ config(materialized='table') }}

-- Orders of the judged channels on the days that this build reads, a row per product; goods taken back stand apart.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

lines as (
    select
        sales_lines.*,
        coalesce(sales_lines.is_return, false) or sales_lines.quantity < 0 as takes_back
    from {{ ref('stg_sales_lines') }} as sales_lines
    inner join policies on sales_lines.company_id = policies.company_id
    where
        not sales_lines.is_deleted
        and sales_lines.quantity <> 0
        and policies.suspect_channels @> to_jsonb(sales_lines.channel)
        {% if has_scores() -%}
        and exists (
            select 1
            from {{ ref('int_suspect_dates_read') }} as dates
            where sales_lines.company_id = dates.company_id and sales_lines.sale_date = dates.read_date
        )
        {%- endif %}
)

select
    company_id,
    transaction_id,
    sale_date,
    product_id,
    uom,
    currency,
    takes_back,
    min(location_id) as location_id,
    min(sold_at) as sold_at,
    min(customer_id) as customer_id,
    min(device_hash) as device_hash,
    min(address_hash) as address_hash,
    abs(sum(quantity))::numeric(18, 4) as quantity,
    -- What a unit costs, after discounts and before them; gifts have no price.
    nullif(abs(sum(net_amount)), 0) / nullif(abs(sum(quantity)), 0) as paid_price,
    nullif(max(unit_price), 0) as regular_price
from lines
group by company_id, transaction_id, sale_date, product_id, uom, currency, takes_back
