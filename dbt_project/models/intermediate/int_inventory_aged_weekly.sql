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
-- rejuvenate goods, nor does it reach weeks before it.
{%- set ages = [30, 45, 60, 90, 180, 365] %}

with demand as (
    select * from {{ ref('int_demand_weekly') }} as weeks
    where closing_on_hand_quantity is not null and {{ only_redone_weeks(ref('int_planning_items_affected'), 'weeks') }}
),

inbound as (
    select * from {{ ref('int_inbound_daily') }} as entries
    {% if is_incremental() -%}
    -- What entered more than the highest age before the first week that is redone, is old in all of them.
    inner join {{ ref('int_planning_items_affected') }} as redone_items
        using (company_id, product_id, planning_location_id)
    where entries.original_receipt_date >= redone_items.from_date - {{ ages[-1] + 1 }}
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
        case when movement_date <= original_receipt_date + {{ days }} then inbound_quantity else 0 end
            as young_{{ days }}_quantity{{ ',' if not loop.last }}
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
    where movement_date <= original_receipt_date + {{ days }}
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
