{{ config(materialized='table') }}

-- Demand of planned products per planning location and week; weeks without sales are missing here.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

sales as (
    select daily.*
    from {{ ref('fct_sales_daily') }} as daily
    inner join policies on daily.company_id = policies.company_id
    where not (daily.is_suspect and policies.suspect_exclude_from_demand)
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

products as (
    select * from {{ ref('int_products_planned') }}
)

select
    sales.company_id,
    sales.product_id,
    locations.planning_location_id,
    date_trunc('week', sales.sale_date)::date as week_start_date,
    sum(sales.sold_quantity) as sold_quantity,
    sum(sales.returned_quantity) as returned_quantity,
    sum(sales.net_amount) as net_amount,
    sum(sales.gross_amount) as gross_amount,
    sum(sales.cost_amount) as cost_amount,
    sum(sales.costed_net_amount) as costed_net_amount,
    max(sales.sale_date) filter (where sales.sold_quantity > 0) as last_sale_date
from sales
inner join locations on sales.company_id = locations.company_id and sales.location_id = locations.location_id
inner join products on sales.company_id = products.company_id and sales.product_id = products.product_id
group by
    sales.company_id, sales.product_id, locations.planning_location_id, date_trunc('week', sales.sale_date)
