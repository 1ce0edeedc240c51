-- depends_on: {{ ref('int_inventory_plans_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_inventory_plans_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Stock per product, planning location and week. A day counts as a stock-out when the planning location's own record
-- is empty (the distribution centre of its stores); where it keeps none, when all its places together are empty.
with inventory as (
    select *
    from {{ ref('fct_inventory_daily') }} as inventory_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_inventory_plans_affected'), 'inventory_daily.company_id', 'inventory_daily.inventory_date') }}
    {%- endif %}
),

locations as (
    select * from {{ ref('int_locations_planned') }}
),

products as (
    select * from {{ ref('dim_product') }}
),

weeks as (
    select * from {{ ref('int_company_weeks') }}
),

daily as (
    select
        inventory.company_id,
        inventory.product_id,
        locations.planning_location_id,
        inventory.inventory_date,
        sum(inventory.on_hand_quantity) as on_hand_quantity,
        sum(inventory.on_hand_amount) as on_hand_amount,
        -- The key points to the version of the day, so this is the price that held then.
        sum(inventory.on_hand_quantity * products.list_price) as on_hand_retail_amount,
        sum(inventory.allocated_quantity) as allocated_quantity,
        sum(inventory.in_transit_quantity) as in_transit_quantity,
        -- What suppliers have shipped is part of what is on order; transfers between own places are under way only.
        sum(greatest(inventory.on_order_quantity, inventory.in_transit_quantity)) as inbound_quantity,
        coalesce(
            bool_or(inventory.is_stockout) filter (where inventory.location_id = locations.planning_location_id),
            sum(inventory.on_hand_quantity) <= 0
        ) as is_stockout,
        max(locations.places_hash) as places_hash
    from inventory
    inner join locations
        on inventory.company_id = locations.company_id and inventory.location_id = locations.location_id
    left join products on inventory.product_key = products.product_key
    group by inventory.company_id, inventory.product_id, locations.planning_location_id, inventory.inventory_date
)

select
    daily.company_id,
    daily.product_id,
    daily.planning_location_id,
    weeks.week_start_date,
    count(*) as stock_days,
    count(*) filter (where daily.is_stockout) as stockout_days,
    max(daily.places_hash) as places_hash,
    avg(daily.on_hand_quantity)::numeric(18, 4) as average_on_hand_quantity,
    avg(daily.on_hand_amount)::numeric(18, 4) as average_on_hand_amount,
    avg(daily.on_hand_retail_amount)::numeric(18, 4) as average_on_hand_retail_amount,
    {% for measure in [
        'on_hand_quantity', 'on_hand_amount', 'inbound_quantity', 'allocated_quantity', 'in_transit_quantity'
    ] -%}
    (sum(daily.{{ measure }}) filter (where daily.inventory_date = weeks.closing_date))::numeric(18, 4)
        as closing_{{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
from daily
inner join weeks
    on daily.company_id = weeks.company_id and date_trunc('week', daily.inventory_date)::date = weeks.week_start_date
group by daily.company_id, daily.product_id, daily.planning_location_id, weeks.week_start_date
