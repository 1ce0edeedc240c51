-- Grain: one row per company, snapshot day, place, product and lot on hand.
-- Non-additive: quantities and amounts over days (semi-additive); unit_cost, age_days, days_to_expiry.
-- depends_on: {{ ref('int_stock_lot_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_stock_lot_dates_affected', 'date_column': 'snapshot_date'},
    indexes=[{'columns': ['company_id', 'snapshot_date']}]
) }}

with lots as (
    select
        *,
        coalesce(supplier_id, 'unknown') as seller_id
    from {{ ref('stg_stock_lots') }} as stock_lots
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_stock_lot_dates_affected'), 'stock_lots.company_id', 'stock_lots.snapshot_date'
        ) }}
        {%- endif %}
)

select
    {{ surrogate_key([
        'lots.company_id', 'lots.snapshot_date', 'lots.location_id', 'lots.product_id', 'lots.lot_id',
    ]) }} as stock_lot_key,
    {{ date_key('lots.snapshot_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('locations', 'location_key') }} as location_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    lots.company_id,
    lots.location_id,
    lots.product_id,
    lots.lot_id,
    lots.seller_id as supplier_id,
    lots.uom,
    lots.currency,
    lots.on_hand_quantity,
    lots.unit_cost,
    (lots.on_hand_quantity * lots.unit_cost)::numeric(18, 4) as stock_amount,
    lots.snapshot_date,
    lots.manufactured_date,
    lots.received_date,
    lots.expiry_date,
    (lots.snapshot_date - lots.received_date)::integer as age_days,
    (lots.expiry_date - lots.snapshot_date)::integer as days_to_expiry
from lots
left join {{ ref('dim_product') }} as products
    on
        lots.company_id = products.company_id
        and lots.product_id = products.product_id
        and lots.snapshot_date >= products.valid_from
        and lots.snapshot_date < products.valid_to
left join {{ ref('dim_location') }} as locations
    on
        lots.company_id = locations.company_id
        and lots.location_id = locations.location_id
        and lots.snapshot_date >= locations.valid_from
        and lots.snapshot_date < locations.valid_to
left join {{ ref('dim_supplier') }} as suppliers
    on
        lots.company_id = suppliers.company_id
        and lots.seller_id = suppliers.supplier_id
        and lots.snapshot_date >= suppliers.valid_from
        and lots.snapshot_date < suppliers.valid_to
