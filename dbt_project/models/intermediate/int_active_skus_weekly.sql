-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date', 'grain': 'company'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- How many planned products a category sells, and how many it has, at each planning location.
with demand as (
    select * from {{ ref('int_demand_weekly') }} as weeks
    {% if is_incremental() -%}
    where {{ only_redone_company_weeks(ref('int_planning_items_affected'), 'weeks') }}
    {%- endif %}
),

items as (
    select * from {{ ref('dim_planning_item') }}
)

select
    demand.company_id,
    demand.planning_location_id,
    items.category_1,
    demand.week_start_date,
    count(*) filter (where demand.sold_quantity > 0) as selling_product_count,
    -- What is stocked is known only where the planning location keeps stock records.
    case
        when bool_and(demand.has_stock_records)
            then count(*) filter (where demand.closing_on_hand_quantity > 0 or demand.sold_quantity > 0)
    end as stocked_product_count
from demand
inner join items using (company_id, product_id, planning_location_id)
group by demand.company_id, demand.planning_location_id, items.category_1, demand.week_start_date
