-- Grain: one row per company, product and planning location: what gets forecast and scored.
with demand as (
    select
        company_id,
        product_id,
        planning_location_id,
        min(week_start_date) as first_week_date,
        -- Complete weeks decide what is forecast, so the current week opens no item.
        max(week_start_date) filter (
            where sold_quantity > 0 and week_start_date = trailing_week_date
        ) as last_sale_week_date
    from {{ ref('int_demand_weekly') }}
    group by company_id, product_id, planning_location_id
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

-- A successor names its predecessor, or the predecessor its successor; what the successor says goes first.
followed as (
    select company_id, product_id, predecessor_product_id, 1 as precedence
    from products
    where predecessor_product_id is not null
    union all
    select company_id, successor_product_id, product_id, 2
    from products
    where successor_product_id is not null
),

predecessors as (
    select distinct on (company_id, product_id)
        company_id,
        product_id,
        predecessor_product_id
    from followed
    order by company_id, product_id, precedence, predecessor_product_id
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    {{ surrogate_key(['demand.company_id', 'demand.product_id', 'demand.planning_location_id']) }} as planning_item_key,
    {{ member_key('products', 'product_key') }} as product_key,
    demand.company_id,
    demand.product_id,
    demand.planning_location_id,
    case
        when demand.planning_location_id = 'ALL' then 'All places'
        else locations.location_name
    end as planning_location_name,
    products.product_name,
    products.status as product_status,
    coalesce(products.category_1, 'unknown') as category_1,
    products.category_2,
    products.category_3,
    products.brand,
    predecessors.predecessor_product_id,
    products.uom,
    products.currency,
    products.list_price,
    products.standard_cost as unit_cost,
    coalesce(
        products.status = 'active'
        and demand.last_sale_week_date > policies.last_complete_week_date - 7 * policies.active_weeks,
        false
    ) as is_active,
    demand.first_week_date,
    demand.last_sale_week_date
from demand
inner join policies on demand.company_id = policies.company_id
left join products on demand.company_id = products.company_id and demand.product_id = products.product_id
left join predecessors
    on demand.company_id = predecessors.company_id and demand.product_id = predecessors.product_id
left join locations
    on demand.company_id = locations.company_id and demand.planning_location_id = locations.location_id
