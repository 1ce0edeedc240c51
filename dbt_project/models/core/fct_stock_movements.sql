-- Grain: one row per company and stock movement. quantity is positive; the two places state the direction.
-- Non-additive: unit_cost.
-- depends_on: {{ ref('int_movement_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_movement_dates_affected', 'date_column': 'movement_date'},
    indexes=[{'columns': ['company_id', 'movement_date']}]
) }}

with movements as (
    select *
    from {{ ref('stg_stock_movements') }} as stock_movements
    where
        not is_deleted
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_movement_dates_affected'), 'stock_movements.company_id', 'stock_movements.movement_date'
        ) }}
        {%- endif %}
),

products as (
    select * from {{ ref('dim_product') }}
)

select
    {{ surrogate_key(['movements.company_id', 'movements.movement_id']) }} as stock_movement_key,
    {{ date_key('movements.movement_date') }} as date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    movements.company_id,
    movements.movement_id,
    movements.product_id,
    movements.from_location_id,
    movements.to_location_id,
    movements.movement_type,
    movements.reference_document,
    movements.lot_id,
    movements.uom,
    movements.quantity,
    movements.unit_cost,
    (movements.quantity * movements.unit_cost)::numeric(18, 4) as movement_amount,
    movements.movement_date,
    -- Goods that move have entered; of null and a day, least takes the day.
    least(movements.original_receipt_date, movements.movement_date) as original_receipt_date,
    movements.moved_at
from movements
left join products
    on
        movements.company_id = products.company_id
        and movements.product_id = products.product_id
        and movements.movement_date >= products.valid_from
        and movements.movement_date < products.valid_to
