-- depends_on: {{ ref('int_served_months_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_dates',
    on_schema_change='fail',
    meta={'affected_dates': 'int_served_months_affected', 'date_column': 'month_start_date'},
    indexes=[{'columns': ['company_id', 'month_start_date']}]
) }}

-- Sales by the place whose stock served them: the place that sold where it keeps the product, else its distribution centre.
with keepers as (
    select * from {{ ref('int_stock_keepers') }}
),

locations as (
    select * from {{ ref('dim_location') }}
    where is_current
),

serving as (
    select * from {{ ref('int_stock_serving') }}
),

daily as (
    select *
    from {{ ref('fct_sales_daily') }} as sales_daily
    {% if is_incremental() -%}
    where {{ only_affected_dates(ref('int_served_months_affected'), 'sales_daily.company_id', 'sales_daily.sale_date') }}
    {%- endif %}
),

served as (
    select
        daily.company_id,
        daily.product_id,
        coalesce(own.location_id, center.location_id) as location_id,
        daily.sale_date,
        daily.sold_quantity,
        daily.returned_quantity,
        daily.net_amount
    from daily
    left join keepers as own
        on
            daily.company_id = own.company_id
            and daily.product_id = own.product_id
            and daily.location_id = own.location_id
    left join locations on daily.company_id = locations.company_id and daily.location_id = locations.location_id
    left join keepers as center
        on
            daily.company_id = center.company_id
            and daily.product_id = center.product_id
            and locations.parent_location_id = center.location_id
    where coalesce(own.location_id, center.location_id) is not null
),

stockouts as (
    select company_id, product_id, location_id, inventory_date
    from {{ ref('fct_inventory_daily') }} as inventory_daily
    where
        is_stockout
        {% if is_incremental() -%}
        and {{ only_affected_dates(ref('int_served_months_affected'), 'inventory_daily.company_id', 'inventory_daily.inventory_date') }}
        {%- endif %}
)

select
    served.company_id,
    served.product_id,
    served.location_id,
    date_trunc('month', served.sale_date)::date as month_start_date,
    sum(served.sold_quantity)::numeric(18, 4) as sold_quantity,
    coalesce(sum(served.sold_quantity) filter (where stockouts.inventory_date is not null), 0)::numeric(18, 4)
        as sold_stockout_quantity,
    sum(served.returned_quantity)::numeric(18, 4) as returned_quantity,
    sum(served.net_amount)::numeric(18, 4) as net_amount,
    max(serving.serving_hash) as serving_hash
from served
inner join serving on served.company_id = serving.company_id
left join stockouts
    on
        served.company_id = stockouts.company_id
        and served.product_id = stockouts.product_id
        and served.location_id = stockouts.location_id
        and served.sale_date = stockouts.inventory_date
group by served.company_id, served.product_id, served.location_id, date_trunc('month', served.sale_date)
