{{ config(materialized='table') }}

-- Sell-through of every planning item and week that is over, and what the rules of the monitor make of it.
with rolling as (
    select
        *,
        sell_through_4w_numerator / nullif(sell_through_4w_denominator, 0) as sell_through_4w_pct,
        row_number() over item as week_number
    from {{ ref('int_sku_rolling_weekly') }}
    window item as (partition by company_id, product_id, planning_location_id order by week_start_date)
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

runs as (
    select
        *,
        count(*) filter (where not is_falling) over (
            partition by company_id, product_id, planning_location_id order by week_start_date
        ) as run_number
    from compared
),

counted as (
    select
        *,
        count(*) filter (where is_falling) over (
            partition by company_id, product_id, planning_location_id, run_number order by week_start_date
        ) as falling_weeks
    from runs
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
