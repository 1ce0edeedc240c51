-- How old the stock on hand is, first in first out: what is on hand beyond everything that entered within the last N
-- days must be older than N days. Opening stock has no known age and counts as old.
with demand as (
    select * from {{ ref('fct_demand_weekly') }}
    where closing_on_hand_quantity is not null
),

inbound as (
    select * from {{ ref('int_inbound_daily') }}
),

events as (
    select
        company_id,
        product_id,
        planning_location_id,
        week_start_date + 6 as event_date,
        week_start_date,
        0 as inbound_quantity
    from demand
    union all
    select
        company_id,
        product_id,
        planning_location_id,
        original_receipt_date as event_date,
        null as week_start_date,
        inbound_quantity
    from inbound
),

entered as (
    select
        *,
        {% for days in [45, 90, 180] -%}
        sum(inbound_quantity) over (
            partition by company_id, product_id, planning_location_id
            order by event_date
            range between interval '{{ days }} days' preceding and current row
        ) as inbound_{{ days }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from events
)

select
    demand.company_id,
    demand.product_id,
    demand.planning_location_id,
    demand.week_start_date,
    {% for days in [45, 90, 180] -%}
    greatest(demand.closing_on_hand_quantity - entered.inbound_{{ days }}_quantity, 0) as aged_{{ days }}_quantity{{ ',' if not loop.last }}
    {% endfor %}
from demand
inner join entered using (company_id, product_id, planning_location_id, week_start_date)
