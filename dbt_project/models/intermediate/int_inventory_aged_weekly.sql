-- depends_on: {{ ref('int_planning_items_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_planning_items_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- How old the stock on hand is, first in first out: what is on hand beyond everything that entered within the last N
-- days must be older than N days. Opening stock has no known age and counts as old. Goods count from the day they
-- arrived at the planning location until N days after they first entered the company, so neither does a transfer
-- rejuvenate goods, nor does it reach weeks before it. What came and went before the first week that is redone, or goes
-- after the last, is left out.
{%- set ages = [30, 45, 60, 90, 180, 365] %}

with demand as (
    select * from {{ ref('int_demand_weekly') }} as weeks
    where closing_on_hand_quantity is not null and {{ only_redone_weeks(ref('int_planning_items_affected'), 'weeks') }}
),

inbound as (
    select
        entries.*,
        {{ 'redone_items.from_date' if is_incremental() else "'-infinity'::date as from_date" }}
    from {{ ref('int_inbound_daily') }} as entries
    {% if is_incremental() -%}
    -- What entered more than the highest age before the first week that is redone, is old in all of them.
    inner join {{ ref('int_planning_items_affected') }} as redone_items
        on
            entries.company_id = redone_items.company_id
            and entries.product_id = redone_items.product_id
            and entries.planning_location_id = redone_items.planning_location_id
    where
        entries.original_receipt_date >= redone_items.from_date - {{ ages[-1] + 1 }}
        and entries.original_receipt_date >= {{ first_week_of_any_item(ref('int_planning_items_affected')) }} - {{ ages[-1] + 1 }}
    {%- endif %}
),

events as (
    select
        company_id,
        product_id,
        planning_location_id,
        closing_date as event_date,
        week_start_date,
        closing_on_hand_quantity,
        {% for days in ages -%}
        0 as young_{{ days }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from demand

    union all

    select
        company_id,
        product_id,
        planning_location_id,
        movement_date as event_date,
        null as week_start_date,
        null as closing_on_hand_quantity,
        {% for days in ages -%}
        case
            when original_receipt_date + {{ days }} >= greatest(movement_date, from_date) then inbound_quantity else 0
        end as young_{{ days }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from inbound
    {% for days in ages %}

    union all

    select
        company_id,
        product_id,
        planning_location_id,
        original_receipt_date + {{ days + 1 }} as event_date,
        null as week_start_date,
        null as closing_on_hand_quantity,
        {% for other in ages -%}
        {{ '-inbound_quantity' if other == days else '0' }} as young_{{ other }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from inbound
    where
        original_receipt_date + {{ days }} >= greatest(movement_date, from_date)
        and original_receipt_date + {{ days }} < (select max(closing_date) from demand)
    {%- endfor %}
),

entered as (
    select
        *,
        {% for days in ages -%}
        sum(young_{{ days }}_quantity) over item as inbound_{{ days }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from events
    window item as (partition by company_id, product_id, planning_location_id order by event_date)
),

aged as (
    select
        company_id,
        product_id,
        planning_location_id,
        week_start_date,
        {% for days in ages -%}
        greatest(closing_on_hand_quantity - inbound_{{ days }}_quantity, 0)::numeric(18, 4) as aged_{{ days }}_quantity{{ ',' if not loop.last }}
        {% endfor %}
    from entered
    where week_start_date is not null
)

{{ redone_weeks_of('aged', ref('int_planning_items_affected')) }}
