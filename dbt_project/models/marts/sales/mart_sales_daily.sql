-- Grain: one row per company, day, place, channel, department (category_1), unit of measure and currency.
-- Non-additive: gross_margin_pct. Quantities add up within one unit of measure only.
with sales as (
    select * from {{ ref('fct_sales_daily') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
)

select
    sales.company_id,
    sales.sale_date,
    sales.location_id,
    locations.location_name,
    locations.region,
    sales.channel,
    coalesce(products.category_1, 'unknown') as category_1,
    sales.uom,
    sales.currency,
    sum(sales.line_count)::integer as line_count,
    count(distinct sales.product_id)::integer as product_count,
    sum(sales.sold_quantity)::numeric(18, 4) as sold_quantity,
    sum(sales.returned_quantity)::numeric(18, 4) as returned_quantity,
    sum(sales.gross_amount)::numeric(18, 4) as gross_sales_amount,
    sum(sales.discount_amount)::numeric(18, 4) as discount_amount,
    sum(sales.net_amount)::numeric(18, 4) as net_sales_amount,
    sum(sales.cost_amount)::numeric(18, 4) as cost_amount,
    (sum(sales.costed_net_amount) - sum(sales.cost_amount))::numeric(18, 4) as gross_margin_amount,
    ((sum(sales.costed_net_amount) - sum(sales.cost_amount)) / nullif(sum(sales.costed_net_amount), 0))::numeric(
        12, 6
    ) as gross_margin_pct
from sales
left join products on sales.product_key = products.product_key
left join locations on sales.location_key = locations.location_key
group by
    sales.company_id,
    sales.sale_date,
    sales.location_id,
    locations.location_name,
    locations.region,
    sales.channel,
    coalesce(products.category_1, 'unknown'),
    sales.uom,
    sales.currency
