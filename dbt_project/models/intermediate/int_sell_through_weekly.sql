-- depends_on: {{ ref('int_sell_through_affected') }}
{{ config(
    materialized='incremental',
    incremental_strategy='affected_items',
    on_schema_change='fail',
    meta={'affected_items': 'int_sell_through_affected', 'date_column': 'week_start_date'},
    indexes=[{'columns': ['company_id', 'week_start_date']}]
) }}

-- Sell-through of every planning item and week that is over, and what the rules of the monitor make of it.
with items as (
    {{ items_to_redo(ref('int_sell_through_affected')) }}
),

rolling as (
    select
        weeks.*,
        weeks.sell_through_4w_numerator / nullif(weeks.sell_through_4w_denominator, 0) as sell_through_4w_pct,
        (weeks.week_start_date - items.first_week_date) / 7 + 1 as week_number,
        items.from_date
    from {{ ref('int_sku_rolling_weekly') }} as weeks
    inner join items using (company_id, product_id, planning_location_id)
    where {{ only_redone_weeks(ref('int_sell_through_affected'), 'weeks', weeks_before=1) }}
),

compared as (
    select
        rolling.*,
        rolling.week_start_date + 6 as closing_date,
        launches.launch_date,
        launches.launch_source,
        launches.judged_date,
        launches.sold_quantity as new_sold_quantity,
        launches.entered_quantity as new_entered_quantity,
        policies.new_minimum_pct,
        policies.high_mover_pct,
        policies.retire_pct,
        policies.sell_through_fall_weeks,
        -- Only whole windows are compared: the first ends with an item's fourth week.
        coalesce(
            rolling.week_number > 4
            and rolling.sell_through_4w_pct < (1 - policies.sell_through_fall_pct) * lag(rolling.sell_through_4w_pct) over item,
            false
        ) as is_falling
    from rolling
    left join {{ ref('int_launches') }} as launches using (company_id, product_id, planning_location_id)
    inner join {{ ref('int_company_policies') }} as policies on rolling.company_id = policies.company_id
    window item as (
        partition by rolling.company_id, rolling.product_id, rolling.planning_location_id order by rolling.week_start_date
    )
),

{% if is_incremental() -%}
-- Runs that go on from the weeks before.
known as (
    select
        weeks.company_id,
        weeks.product_id,
        weeks.planning_location_id,
        weeks.week_start_date - 7 * weeks.falling_weeks as last_steady_date
    from {{ this }} as weeks
    inner join items
        on
            weeks.company_id = items.company_id
            and weeks.product_id = items.product_id
            and weeks.planning_location_id = items.planning_location_id
            and weeks.week_start_date = items.from_date - 7
),

{% endif -%}
counted as (
    select
        compared.*,
        (
            week_start_date - greatest(
                {{ 'known.last_steady_date,' if is_incremental() }}
                max(case when not is_falling then week_start_date end) over (
                    partition by company_id, product_id, planning_location_id order by week_start_date
                )
            )
        ) / 7 as falling_weeks
    from compared
    {% if is_incremental() -%}
    left join known using (company_id, product_id, planning_location_id)
    {% endif -%}
    where week_start_date >= from_date
)

select
    company_id,
    product_id,
    planning_location_id,
    week_start_date,
    {% for weeks in [1, 4, 13] -%}
    sell_through_{{ weeks }}w_numerator,
    sell_through_{{ weeks }}w_denominator,
    {% endfor -%}
    launch_date,
    launch_source,
    judged_date,
    case when closing_date >= judged_date then new_sold_quantity end as new_numerator,
    case when closing_date >= judged_date then new_entered_quantity end as new_denominator,
    case
        when closing_date < launch_date then 'planned'
        when closing_date < judged_date then 'new'
        else 'old'
    end as life_stage,
    coalesce(
        closing_date between judged_date and judged_date + 6
        and new_sold_quantity < new_minimum_pct * new_entered_quantity, false
    ) as is_new_below_target,
    falling_weeks,
    coalesce(closing_date >= judged_date, true) and falling_weeks >= sell_through_fall_weeks as is_old_falling,
    case
        when coalesce(sell_through_4w_denominator, 0) <= 0 then null
        -- What is new has had no time to prove itself.
        when closing_date < judged_date then 'potential'
        when sell_through_4w_pct >= high_mover_pct then 'high_mover'
        when sell_through_4w_pct < retire_pct then 'to_retire'
        else 'potential'
    end as mover_class
from counted
