-- Demand of planned products per planning location and week; weeks without sales are missing here.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

sales as (
    select plans.*
    from {{ ref('int_sales_plans_weekly') }} as plans
    inner join policies on plans.company_id = policies.company_id
    where not (plans.is_suspect and policies.suspect_exclude_from_demand)
),

products as (
    select * from {{ ref('int_products_planned') }}
)

select
    sales.company_id,
    sales.product_id,
    sales.planning_location_id,
    sales.week_start_date,
    sum(sales.sold_quantity) as sold_quantity,
    sum(sales.returned_quantity) as returned_quantity,
    sum(sales.net_amount) as net_amount,
    sum(sales.gross_amount) as gross_amount,
    sum(sales.cost_amount) as cost_amount,
    sum(sales.costed_net_amount) as costed_net_amount,
    max(sales.last_sale_date) as last_sale_date
from sales
inner join products on sales.company_id = products.company_id and sales.product_id = products.product_id
group by sales.company_id, sales.product_id, sales.planning_location_id, sales.week_start_date
