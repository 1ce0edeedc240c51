-- Grain: one row per company, product and place in stock records, at the close of the business date.
-- Semi-additive: quantities and amounts add up over products and places of one unit and currency. Non-additive: cover_days.
{{ config(indexes=[{'columns': ['company_id', 'location_id']}]) }}

with policies as (
    select * from {{ ref('int_company_policies') }}
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

-- Days of the month in which the window begins and of the current one, months for all others.
spans as (
    select
        company_id,
        business_date,
        date_trunc('month', business_date - 91)::date as first_date,
        (date_trunc('month', business_date - 91) + interval '1 month - 1 day')::date as last_date
    from policies

    union all

    select
        company_id,
        business_date,
        date_trunc('month', business_date)::date as first_date,
        business_date as last_date
    from policies
),

sold as (
    select
        daily.company_id,
        daily.product_id,
        daily.location_id,
        case when daily.sale_date > spans.business_date - 91 then daily.sold_quantity end as sold_13w_quantity,
        case when daily.sold_quantity > 0 then daily.sale_date end as last_sale_date
    from {{ ref('fct_sales_daily') }} as daily
    inner join spans
        on daily.company_id = spans.company_id and daily.sale_date between spans.first_date and spans.last_date

    union all

    select
        monthly.company_id,
        monthly.product_id,
        monthly.location_id,
        case when monthly.month_start_date > policies.business_date - 91 then monthly.sold_quantity end as sold_13w_quantity,
        monthly.last_sale_date
    from {{ ref('int_sales_places_monthly') }} as monthly
    inner join policies
        on
            monthly.company_id = policies.company_id
            and monthly.month_start_date < date_trunc('month', policies.business_date)::date
            and monthly.month_start_date <> date_trunc('month', policies.business_date - 91)::date
),

sold_at as (
    select
        company_id,
        product_id,
        location_id,
        sum(sold_13w_quantity) as sold_13w_quantity,
        max(last_sale_date) as last_sale_date
    from sold
    group by company_id, product_id, location_id
),

-- A distribution center sells through its stores: their sales are what its stock is there for. Of a place without a master
-- row nobody knows who serves it.
served as (
    select company_id, product_id, location_id, sold_13w_quantity, last_sale_date
    from sold_at

    union all

    select
        sold_at.company_id,
        sold_at.product_id,
        locations.parent_location_id as location_id,
        sold_at.sold_13w_quantity,
        sold_at.last_sale_date
    from sold_at
    inner join locations on sold_at.company_id = locations.company_id and sold_at.location_id = locations.location_id
    where locations.parent_location_id is not null
),

sales as (
    select
        company_id,
        product_id,
        location_id,
        sum(sold_13w_quantity) as sold_13w_quantity,
        max(last_sale_date) as last_sale_date
    from served
    group by company_id, product_id, location_id
),

closing as (
    select
        inventory.*,
        least(inventory.inventory_date - inventory.first_stock_date + 1, 91) as days_in_window
    from {{ ref('int_inventory_closing') }} as inventory
)

select
    closing.company_id,
    closing.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    products.status as product_status,
    closing.location_id,
    locations.location_name,
    locations.location_type,
    locations.region,
    closing.inventory_date as as_of_date,
    closing.snapshot_age_days,
    closing.uom,
    closing.currency,
    closing.on_hand_quantity,
    closing.unavailable_quantity,
    closing.allocated_quantity,
    (closing.on_hand_quantity - closing.allocated_quantity)::numeric(18, 4) as available_quantity,
    closing.in_transit_quantity,
    closing.on_order_quantity,
    closing.on_hand_amount,
    coalesce(sales.sold_13w_quantity, 0)::numeric(18, 4) as sold_13w_quantity,
    (closing.on_hand_quantity * closing.days_in_window / nullif(sales.sold_13w_quantity, 0))::numeric(18, 2) as cover_days,
    {{ stock_status('closing.on_hand_quantity', 'coalesce(sales.sold_13w_quantity, 0)', 'closing.days_in_window') }}
        as stock_status,
    sales.last_sale_date
from closing
inner join policies on closing.company_id = policies.company_id
left join products on closing.company_id = products.company_id and closing.product_id = products.product_id
left join locations on closing.company_id = locations.company_id and closing.location_id = locations.location_id
left join sales
    on
        closing.company_id = sales.company_id
        and closing.product_id = sales.product_id
        and closing.location_id = sales.location_id
