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

with spans as (
    select * from {{ ref('int_inventory_snapshots_spanned') }}
),

-- Nearly every snapshot holds for its own day alone; only the others are worth a series.
spine as (
    select
        spans.*,
        spans.start_date as inventory_date
    from spans
    where spans.next_date > spans.start_date

    union all

    select
        spans.*,
        day::date as inventory_date
    from spans
    cross join lateral generate_series(spans.start_date + 1, spans.next_date - 1, interval '1 day') as day
    where spans.next_date > spans.start_date + 1
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
    spine.in_transit_quantity::numeric(18, 4) as in_transit_quantity,
    spine.on_order_quantity::numeric(18, 4) as on_order_quantity,
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
