-- depends_on: {{ ref('int_inbound_dates_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_inbound_dates_affected', 'date_column': 'movement_date'},
    indexes=[{'columns': ['company_id', 'movement_date']}]
) }}

-- Goods that entered a planning location from outside it. A transfer between two planning locations carries the day on
-- which the goods first entered the company, so that age survives it.
with movements as (
    select * from {{ ref('fct_stock_movements') }} as stock_movements
    where
        movement_type in ('receipt', 'transfer', 'return', 'found', 'adjustment')
        {% if is_incremental() -%}
        and {{ only_affected_dates(
            ref('int_inbound_dates_affected'), 'stock_movements.company_id', 'stock_movements.movement_date'
        ) }}
        {%- endif %}
),

locations as (
    select * from {{ ref('int_locations_planned') }}
)

select
    movements.company_id,
    movements.product_id,
    destinations.planning_location_id,
    movements.movement_date,
    movements.original_receipt_date,
    sum(movements.quantity) as inbound_quantity,
    max(plans.plans_hash) as plans_hash
from movements
inner join {{ ref('int_movement_plans') }} as plans on movements.company_id = plans.company_id
inner join locations as destinations
    on movements.company_id = destinations.company_id and movements.to_location_id = destinations.location_id
left join locations as origins
    on movements.company_id = origins.company_id and movements.from_location_id = origins.location_id
where origins.planning_location_id is distinct from destinations.planning_location_id
group by
    movements.company_id,
    movements.product_id,
    destinations.planning_location_id,
    movements.movement_date,
    movements.original_receipt_date
