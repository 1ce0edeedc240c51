-- depends_on: {{ ref('int_sales_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_dates_affected', 'date_column': 'sale_date'},
    indexes=[{'columns': ['company_id', 'sale_date']}]
) }}

-- Sales per day, place, channel and department. Members of dimensions are known by their keys, so that a day changes only
-- when the fact's day does.
with sales as (
    select *
    from {{ ref('fct_sales_daily') }} as sales_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_dates_affected'), 'sales_daily.company_id', 'sales_daily.sale_date') }}
    {%- endif %}
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
    sum(sales.costed_net_amount)::numeric(18, 4) as costed_net_amount
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
