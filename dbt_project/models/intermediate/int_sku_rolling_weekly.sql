-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Trailing sums and means over 4 and 13 weeks per planning item. Weeks before the first are not there, and the part of a
-- week in which the data begin is no week of a rate, so early windows are shorter; weeks_in_window tells by how much.
with demand as (
    select * from {{ ref('int_demand_weekly') }} as weeks
    where
        week_start_date = trailing_week_date
        and {{ only_redone_weeks(ref('int_planning_items_affected'), 'weeks', weeks_before=13) }}
),

rolling as (
    select
        company_id,
        product_id,
        planning_location_id,
        week_start_date,
        nullif(count(*) filter (where is_complete_week) over last_13, 0) as weeks_in_window,
        sum(sold_quantity) filter (where is_complete_week) over last_13 as sold_13w_quantity,
        -- Who books no return as a sales line does not know of none.
        case
            when company_id in (select company_id from {{ ref('int_return_bookers') }})
                then sum(returned_quantity) filter (where is_complete_week) over last_13
        end as returned_13w_quantity,
        sum(net_sales_amount) filter (where is_complete_week) over last_13 as net_sales_13w_amount,
        sum(costed_net_sales_amount) filter (where is_complete_week) over last_13 as costed_net_sales_13w_amount,
        sum(cost_amount) filter (where is_complete_week) over last_13 as cost_13w_amount,
        avg(average_on_hand_quantity) filter (where is_complete_week) over last_13 as average_on_hand_13w_quantity,
        avg(average_on_hand_amount) filter (where is_complete_week) over last_13 as average_on_hand_13w_amount,
        avg(average_on_hand_retail_amount) filter (where is_complete_week) over last_13 as average_on_hand_13w_retail_amount,
        sum(stockout_days) filter (where has_stock_records) over last_4 as stockout_days_4w,
        -- Nothing was on hand before the first week, opening stock enters as received; where the planning location kept no
        -- stock records, nobody knows.
        {% for weeks in [1, 4, 13] -%}
        (sum(sold_quantity) over last_{{ weeks }})::numeric(18, 4) as sell_through_{{ weeks }}w_numerator,
        case
            when lag(has_stock_records, {{ weeks }}, true) over item
                then coalesce(lag(closing_on_hand_quantity, {{ weeks }}) over item, 0) + sum(received_quantity) over last_{{ weeks }}
        end::numeric(18, 4) as sell_through_{{ weeks }}w_denominator{{ ',' if not loop.last }}
        {% endfor %}
    from demand
    window
        item as (partition by company_id, product_id, planning_location_id order by week_start_date),
        {% for weeks in [1, 4, 13] -%}
        last_{{ weeks }} as (
            partition by company_id, product_id, planning_location_id
            order by week_start_date
            rows between {{ weeks - 1 }} preceding and current row
        ){{ ',' if not loop.last }}
        {% endfor %}
)

{{ redone_weeks_of('rolling', ref('int_planning_items_affected')) }}
