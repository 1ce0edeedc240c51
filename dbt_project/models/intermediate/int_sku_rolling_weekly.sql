{{ config(materialized='table') }}

-- Trailing sums and means over 4 and 13 weeks per planning item. Weeks before the first are not there, so windows of
-- young items are shorter; weeks_in_window tells by how much.
with demand as (
    select * from {{ ref('fct_demand_weekly') }}
)

select
    company_id,
    product_id,
    planning_location_id,
    week_start_date,
    lag(closing_on_hand_quantity) over item as opening_on_hand_quantity,
    count(*) over last_13 as weeks_in_window,
    sum(sold_quantity) over last_4 as sold_4w_quantity,
    sum(sold_quantity) over last_13 as sold_13w_quantity,
    sum(net_sales_amount) over last_13 as net_sales_13w_amount,
    sum(gross_sales_amount) over last_13 as gross_sales_13w_amount,
    sum(cost_amount) over last_13 as cost_13w_amount,
    sum(received_quantity) over last_4 as received_4w_quantity,
    avg(average_on_hand_quantity) over last_13 as average_on_hand_13w_quantity,
    avg(average_on_hand_amount) over last_13 as average_on_hand_13w_amount,
    sum(stockout_days) over last_4 as stockout_days_4w,
    -- Nothing was on hand before the first week; opening stock enters as received.
    coalesce(lag(closing_on_hand_quantity, 4) over item, 0) as on_hand_4w_ago_quantity
from demand
window
    item as (partition by company_id, product_id, planning_location_id order by week_start_date),
    last_4 as (
        partition by company_id, product_id, planning_location_id
        order by week_start_date
        rows between 3 preceding and current row
    ),
    last_13 as (
        partition by company_id, product_id, planning_location_id
        order by week_start_date
        rows between 12 preceding and current row
    )
