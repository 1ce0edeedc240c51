-- depends_on: {{ ref('int_sales_plans_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_sales_plans_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Sales of all products per planning location and week; which of them are planned is for those to say who read it.
with sales as (
    select *
    from {{ ref('fct_sales_daily') }} as daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_sales_plans_affected'), 'daily.company_id', 'daily.sale_date') }}
    {%- endif %}
),

locations as (
    select * from {{ ref('int_locations_planned') }}
)

select
    sales.company_id,
    sales.product_id,
    locations.planning_location_id,
    date_trunc('week', sales.sale_date)::date as week_start_date,
    sales.is_suspect,
    sum(sales.sold_quantity) as sold_quantity,
    sum(sales.returned_quantity) as returned_quantity,
    sum(sales.net_amount) as net_amount,
    sum(sales.gross_amount) as gross_amount,
    sum(sales.cost_amount) as cost_amount,
    sum(sales.costed_net_amount) as costed_net_amount,
    max(sales.sale_date) filter (where sales.sold_quantity > 0) as last_sale_date,
    max(locations.places_hash) as places_hash
from sales
inner join locations on sales.company_id = locations.company_id and sales.location_id = locations.location_id
group by
    sales.company_id,
    sales.product_id,
    locations.planning_location_id,
    date_trunc('week', sales.sale_date),
    sales.is_suspect
