-- Grain: one row per company, product, planning location and ISO week with stock on hand at its close.
-- Semi-additive: quantities and amounts add up over products and places, not over weeks. Non-additive: days.
{%- set ages = [45, 90, 180] %}
{%- set buckets = [(0, 30), (31, 60), (61, 90), (91, 180), (181, 365)] %}
-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

with weeks as (
    select * from {{ ref('int_demand_weekly') }} as all_weeks
    where closing_on_hand_quantity > 0 and {{ only_redone_weeks(ref('int_planning_items_affected'), 'all_weeks') }}
),

demand as (
    {{ redone_weeks_of('weeks', ref('int_planning_items_affected')) }}
),

items as (
    select * from {{ ref('dim_planning_item') }}
),

starts as (
    select company_id, product_id, min(first_week_date) as first_week_date
    from items
    group by company_id, product_id
),

products as (
    select * from {{ ref('dim_product') }}
),

judged as (
    select
        demand.*,
        items.product_name,
        items.category_1,
        items.planning_location_name,
        items.uom,
        policies.currency,
        -- A successor that has not arrived yet makes nothing obsolete.
        coalesce(successors.first_week_date <= demand.closing_date, false) as has_successor,
        coalesce(products.discontinue_date <= demand.closing_date, false)
        or coalesce(products.status = 'discontinued', false) as is_discontinued,
        coalesce((policies.season_ends ->> products.season)::date < demand.closing_date, false) as is_season_over,
        demand.closing_date - coalesce(demand.last_sale_date, demand.first_stock_date) >= coalesce(
            (policies.no_sale_days_by_category ->> items.category_1)::integer, policies.no_sale_days
        ) as is_without_sale
    from demand
    inner join items using (company_id, product_id, planning_location_id)
    inner join {{ ref('int_company_policies') }} as policies on demand.company_id = policies.company_id
    left join products
        on
            demand.company_id = products.company_id
            and demand.product_id = products.product_id
            and demand.closing_date >= products.valid_from
            and demand.closing_date < products.valid_to
    left join starts as successors
        on
            products.company_id = successors.company_id
            and products.successor_product_id = successors.product_id
)

select
    judged.company_id,
    judged.product_id,
    judged.product_name,
    judged.category_1,
    judged.planning_location_id,
    judged.planning_location_name,
    judged.week_start_date,
    judged.closing_date,
    judged.is_complete_week,
    judged.uom,
    judged.currency,
    judged.closing_on_hand_quantity as on_hand_quantity,
    judged.closing_on_hand_amount as on_hand_amount,
    mean_age.age_weighted_days,
    {% for first, last in buckets -%}
    {%- set quantity -%}
    {{ 'judged.closing_on_hand_quantity' if first == 0 else 'aged.aged_%d_quantity' % (first - 1) }} - aged.aged_{{ last }}_quantity
    {%- endset -%}
    ({{ quantity }})::numeric(18, 4) as age_{{ first }}_{{ last }}_quantity,
    (({{ quantity }}) * judged.closing_unit_cost)::numeric(18, 4) as age_{{ first }}_{{ last }}_amount,
    {% endfor -%}
    aged.aged_365_quantity as age_over_365_quantity,
    (aged.aged_365_quantity * judged.closing_unit_cost)::numeric(18, 4) as age_over_365_amount,
    {% for days in ages -%}
    aged.aged_{{ days }}_quantity,
    (aged.aged_{{ days }}_quantity * judged.closing_unit_cost)::numeric(18, 4) as aged_{{ days }}_amount,
    {% endfor -%}
    judged.last_sale_date,
    (judged.closing_date - judged.last_sale_date)::integer as days_since_last_sale,
    judged.has_successor or judged.is_discontinued or judged.is_season_over or judged.is_without_sale as is_obsolete,
    nullif(
        concat_ws(
            ', ',
            case when judged.has_successor then 'successor' end,
            case when judged.is_discontinued then 'discontinued' end,
            case when judged.is_season_over then 'season_over' end,
            case when judged.is_without_sale then 'no_sale' end
        ), ''
    ) as obsolescence_reason
from judged
inner join {{ ref('int_inventory_aged_weekly') }} as aged
    using (company_id, product_id, planning_location_id, week_start_date)
left join {{ ref('int_inventory_mean_age_weekly') }} as mean_age
    using (company_id, product_id, planning_location_id, week_start_date)
