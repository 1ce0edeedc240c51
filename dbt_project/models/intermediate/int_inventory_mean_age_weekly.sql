-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Mean age of the stock on hand, first in first out: the youngest goods that entered are those still there. Only goods
-- up to the age beyond which nothing is left are looked at; what entered earlier, or without a record, counts as 365 days.
with stock as (
    select
        demand.company_id,
        demand.product_id,
        demand.planning_location_id,
        demand.week_start_date,
        demand.closing_date,
        demand.closing_on_hand_quantity,
        case
            {% for days in [30, 60, 90, 180] -%}
            when aged.aged_{{ days }}_quantity = 0 then {{ days }}
            {% endfor -%}
            else 365
        end as oldest_days
    from {{ ref('int_demand_weekly') }} as demand
    inner join {{ ref('int_inventory_aged_weekly') }} as aged
        using (company_id, product_id, planning_location_id, week_start_date)
    where
        demand.closing_on_hand_quantity > 0
        and {{ only_redone_weeks(ref('int_planning_items_affected'), 'demand') }}
        and {{ only_redone_weeks(ref('int_planning_items_affected'), 'aged') }}
),

inbound as (
    select * from {{ ref('int_inbound_daily') }}
    where original_receipt_date >= {{ first_week_of_any_item(ref('int_planning_items_affected')) }} - 365
),

entered as (
    select
        stock.*,
        inbound.inbound_quantity,
        stock.closing_date - inbound.original_receipt_date as age_days,
        coalesce(sum(inbound.inbound_quantity) over younger, 0) as younger_quantity
    from stock
    inner join inbound
        on
            stock.company_id = inbound.company_id
            and stock.product_id = inbound.product_id
            and stock.planning_location_id = inbound.planning_location_id
            and stock.closing_date >= inbound.movement_date
            and stock.closing_date - stock.oldest_days <= inbound.original_receipt_date
    window younger as (
        partition by stock.company_id, stock.product_id, stock.planning_location_id, stock.week_start_date
        order by inbound.original_receipt_date desc, inbound.movement_date desc
        rows between unbounded preceding and 1 preceding
    )
),

dated as (
    select
        company_id,
        product_id,
        planning_location_id,
        week_start_date,
        sum(least(inbound_quantity, closing_on_hand_quantity - younger_quantity)) as quantity,
        sum(least(inbound_quantity, closing_on_hand_quantity - younger_quantity) * age_days) as quantity_days
    from entered
    where younger_quantity < closing_on_hand_quantity
    group by company_id, product_id, planning_location_id, week_start_date
),

means as (
    select
        stock.company_id,
        stock.product_id,
        stock.planning_location_id,
        stock.week_start_date,
        (
            (
                coalesce(dated.quantity_days, 0)
                + (stock.closing_on_hand_quantity - coalesce(dated.quantity, 0)) * 365
            ) / stock.closing_on_hand_quantity
        )::numeric(9, 2) as age_weighted_days
    from stock
    left join dated using (company_id, product_id, planning_location_id, week_start_date)
)

{{ redone_weeks_of('means', ref('int_planning_items_affected')) }}
