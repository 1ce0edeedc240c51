-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(materialized='table') }}
{%- set is_known = existing_table('intermediate', 'int_launches') | trim %}

-- Products launched after the data begin, and what had come and what was sold of them at each planning location on the
-- day policy sell_through.new_days judges them.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

items as (
    select
        company_id,
        product_id,
        planning_location_id,
        min(first_week_date) over (partition by company_id, product_id) as product_first_week_date,
        min(first_week_date) over (partition by company_id) as company_first_week_date
    from {{ ref('dim_planning_item') }}
),

launches as (
    select
        items.company_id,
        items.product_id,
        items.planning_location_id,
        coalesce(products.launch_date, items.product_first_week_date) as launch_date,
        case when products.launch_date is null then 'first_week' else 'product' end as launch_source,
        coalesce(products.launch_date, items.product_first_week_date) + policies.new_days - 1 as judged_date
    from items
    inner join policies on items.company_id = policies.company_id
    left join {{ ref('dim_product') }} as products
        on items.company_id = products.company_id and items.product_id = products.product_id and products.is_current
    -- What is as old as the data was launched nobody knows when.
    where
        coalesce(products.launch_date, items.product_first_week_date) >= items.company_first_week_date + 7
        and coalesce(products.launch_date, items.product_first_week_date) <= policies.business_date
),

-- What was judged before the first day that this build changes stands: few launches are worth reading sales and stock for.
known as (
    {% if is_known -%}
    select before.*
    from {{ this }} as before
    inner join launches using (company_id, product_id, planning_location_id, launch_date, launch_source, judged_date)
    inner join (
        select company_id, min(company_from_date) as from_date from {{ ref('int_planning_items_affected') }}
        group by company_id
    ) as companies
        on before.company_id = companies.company_id and before.judged_date < companies.from_date
    {%- else -%}
    select *, 0::numeric(18, 4) as sold_quantity, 0::numeric(18, 4) as entered_quantity from launches
    where false
    {%- endif %}
),

due as (
    select launches.*
    from launches
    left join known using (company_id, product_id, planning_location_id)
    where known.company_id is null
),

sales as (
    select
        due.company_id,
        due.product_id,
        due.planning_location_id,
        sum(daily.sold_quantity) as sold_quantity
    from due
    inner join {{ ref('fct_sales_daily') }} as daily
        on due.company_id = daily.company_id and due.product_id = daily.product_id and due.judged_date >= daily.sale_date
    inner join policies on due.company_id = policies.company_id
    inner join locations
        on daily.location_id = locations.location_id and due.planning_location_id = locations.planning_location_id
        and daily.company_id = locations.company_id
    where (daily.is_suspect and policies.suspect_exclude_from_demand) is not true
    group by due.company_id, due.product_id, due.planning_location_id
),

inbound as (
    select
        due.company_id,
        due.product_id,
        due.planning_location_id,
        sum(inbound.inbound_quantity) as entered_quantity
    from due
    inner join {{ ref('int_inbound_daily') }} as inbound
        on
            due.company_id = inbound.company_id
            and due.product_id = inbound.product_id
            and due.planning_location_id = inbound.planning_location_id
            and due.judged_date >= inbound.movement_date
    group by due.company_id, due.product_id, due.planning_location_id
),

stock as (
    select
        due.company_id,
        due.product_id,
        due.planning_location_id,
        sum(inventory.on_hand_quantity) as on_hand_quantity
    from due
    inner join {{ ref('fct_inventory_daily') }} as inventory
        on
            due.company_id = inventory.company_id
            and due.product_id = inventory.product_id
            and due.judged_date = inventory.inventory_date
    inner join locations
        on inventory.company_id = locations.company_id and inventory.location_id = locations.location_id
        and due.planning_location_id = locations.planning_location_id
    group by due.company_id, due.product_id, due.planning_location_id
)

select
    due.*,
    coalesce(sales.sold_quantity, 0)::numeric(18, 4) as sold_quantity,
    -- Without movements: what is left and what was sold must have come.
    coalesce(inbound.entered_quantity, stock.on_hand_quantity + coalesce(sales.sold_quantity, 0))::numeric(18, 4)
        as entered_quantity
from due
left join sales using (company_id, product_id, planning_location_id)
left join inbound using (company_id, product_id, planning_location_id)
left join stock using (company_id, product_id, planning_location_id)

union all

select
    company_id,
    product_id,
    planning_location_id,
    launch_date,
    launch_source,
    judged_date,
    sold_quantity,
    entered_quantity
from known
