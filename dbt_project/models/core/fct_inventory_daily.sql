-- Grain: one row per company, day, place and product in stock records; days without a snapshot repeat the last one.
-- Semi-additive: quantities and amounts add up over products and places, never over days. Non-additive: unit_cost.
-- depends_on: {{ ref('int_inventory_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_inventory_dates_affected', 'date_column': 'inventory_date'},
    indexes=[{'columns': ['company_id', 'inventory_date']}]
) }}

with companies as (
    select * from {{ ref('stg_companies') }}
),

{% if is_incremental() -%}
window_starts as (
    select
        company_id,
        min(affected_date) as first_date
    from {{ ref('int_inventory_dates_affected') }}
    group by company_id
),
{%- else -%}
window_starts as (
    select
        company_id,
        date '-infinity' as first_date
    from companies
),
{%- endif %}

needed as (
    {% if is_incremental() -%}
    select stock.*
    from {{ ref('stg_inventory_snapshots') }} as stock
    inner join window_starts
        on stock.company_id = window_starts.company_id and stock.snapshot_date >= window_starts.first_date

    union all

    -- The snapshots still in force when the window opens: the rows of the day before know which they are.
    select stock.*
    from {{ this }} as day_before
    inner join window_starts
        on
            day_before.company_id = window_starts.company_id
            and day_before.inventory_date = window_starts.first_date - 1
    inner join {{ ref('stg_inventory_snapshots') }} as stock
        on
            day_before.company_id = stock.company_id
            and day_before.location_id = stock.location_id
            and day_before.product_id = stock.product_id
            and day_before.inventory_date - day_before.snapshot_age_days = stock.snapshot_date
    {%- else -%}
    select * from {{ ref('stg_inventory_snapshots') }}
    {%- endif %}
),

unrestricted as (
    select * from needed
    where stock_condition = 'unrestricted' and not is_deleted
),

-- Few companies report other conditions, so these are added up apart from the many rows that need no adding.
unavailable as (
    select
        company_id,
        location_id,
        product_id,
        snapshot_date,
        sum(on_hand_quantity) as unavailable_quantity,
        max(unit_cost) as unit_cost,
        max(currency) as currency,
        min(uom) as uom
    from needed
    where stock_condition <> 'unrestricted' and not is_deleted
    group by company_id, location_id, product_id, snapshot_date
),

snapshots as (
    select
        company_id,
        location_id,
        product_id,
        snapshot_date,
        unrestricted.on_hand_quantity,
        unavailable.unavailable_quantity,
        unrestricted.allocated_quantity,
        unrestricted.in_transit_quantity,
        unrestricted.on_order_quantity,
        coalesce(unrestricted.unit_cost, unavailable.unit_cost) as unit_cost,
        coalesce(unrestricted.currency, unavailable.currency) as currency,
        coalesce(unrestricted.uom, unavailable.uom) as uom
    from unrestricted
    full join unavailable using (company_id, location_id, product_id, snapshot_date)
),

-- A snapshot lists all stock of a place, so it holds until the place's next one: what that one lacks is gone.
place_dates as (
    select
        company_id,
        location_id,
        snapshot_date,
        lead(snapshot_date) over (partition by company_id, location_id order by snapshot_date) as next_date
    from (select distinct company_id, location_id, snapshot_date from snapshots) as dates
),

spans as (
    select
        snapshots.*,
        coalesce(place_dates.next_date, companies.business_date + 1) as next_date
    from snapshots
    inner join place_dates
        on
            snapshots.company_id = place_dates.company_id
            and snapshots.location_id = place_dates.location_id
            and snapshots.snapshot_date = place_dates.snapshot_date
    inner join companies on snapshots.company_id = companies.company_id
    where snapshots.snapshot_date <= companies.business_date
),

-- Nearly every snapshot holds for its own day alone; only the others are worth a series.
spine as (
    select
        spans.*,
        spans.snapshot_date as inventory_date
    from spans
    inner join window_starts
        on spans.company_id = window_starts.company_id and spans.snapshot_date >= window_starts.first_date

    union all

    select
        spans.*,
        day::date as inventory_date
    from spans
    inner join window_starts on spans.company_id = window_starts.company_id
    cross join lateral generate_series(
        greatest(spans.snapshot_date + 1, window_starts.first_date), spans.next_date - 1, interval '1 day'
    ) as day
    where spans.next_date > spans.snapshot_date + 1 and spans.next_date > window_starts.first_date
),

products as (
    select * from {{ ref('dim_product') }}
),

locations as (
    select * from {{ ref('dim_location') }}
)

select
    {{ date_key('spine.inventory_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    spine.company_id,
    spine.product_id,
    spine.location_id,
    spine.uom,
    spine.currency,
    spine.inventory_date,
    coalesce(spine.on_hand_quantity, 0)::numeric(18, 4) as on_hand_quantity,
    coalesce(spine.unavailable_quantity, 0)::numeric(18, 4) as unavailable_quantity,
    coalesce(spine.allocated_quantity, 0)::numeric(18, 4) as allocated_quantity,
    coalesce(spine.in_transit_quantity, 0)::numeric(18, 4) as in_transit_quantity,
    coalesce(spine.on_order_quantity, 0)::numeric(18, 4) as on_order_quantity,
    coalesce(spine.unit_cost, products.standard_cost) as unit_cost,
    (coalesce(spine.on_hand_quantity, 0) * coalesce(spine.unit_cost, products.standard_cost))::numeric(
        18, 4
    ) as on_hand_amount,
    coalesce(spine.on_hand_quantity, 0) <= 0 as is_stockout,
    (spine.inventory_date - spine.snapshot_date)::integer as snapshot_age_days
from spine
left join products
    on
        spine.company_id = products.company_id
        and spine.product_id = products.product_id
        and spine.inventory_date >= products.valid_from
        and spine.inventory_date < products.valid_to
left join locations
    on
        spine.company_id = locations.company_id
        and spine.location_id = locations.location_id
        and spine.inventory_date >= locations.valid_from
        and spine.inventory_date < locations.valid_to
