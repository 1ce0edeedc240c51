{{ config(tags=['after_alerts'], materialized='table') }}

-- What early warning should have told of since its first evaluation, and whether an alert was alive at the time. What is worth
-- less than policy alerts.minimum_value is left out there on purpose, and so it is here.
with evaluations as (
    select
        company_id,
        min(business_date) as first_date
    from {{ ref('stg_alert_evaluations') }}
    group by company_id
),

alerts as (
    select * from {{ ref('stg_alerts') }}
    where closed_date is null
),

scores as (
    select * from {{ ref('stg_slow_mover_scores') }}
),

limits as (
    select
        company_id,
        max(policy_value::numeric) filter (where policy_name = 'slow_movers.unsold_share') as unsold_share,
        max(policy_value::numeric) filter (where policy_name = 'alerts.minimum_value') as minimum_value
    from {{ ref('stg_policies') }}
    where policy_name in ('slow_movers.unsold_share', 'alerts.minimum_value')
    group by company_id
),

items as (
    select
        company_id,
        product_id,
        planning_location_id,
        greatest(list_price - unit_cost, 0) as unit_margin
    from {{ ref('dim_planning_item') }}
),

weeks as (
    select
        demand.company_id,
        demand.product_id,
        demand.planning_location_id,
        demand.week_start_date,
        demand.sold_quantity,
        demand.stockout_days,
        evaluations.first_date,
        lag(demand.stockout_days) over item as days_before,
        sum(demand.stockout_days) over (
            partition by demand.company_id, demand.product_id, demand.planning_location_id
            order by demand.week_start_date asc rows between current row and 3 following
        ) as days_of_month,
        sum(demand.sold_quantity) over (
            partition by demand.company_id, demand.product_id, demand.planning_location_id
            order by demand.week_start_date asc rows between 13 preceding and 1 preceding
        ) as sold_before
    from {{ ref('fct_demand_weekly') }} as demand
    inner join evaluations
        on
            demand.company_id = evaluations.company_id
            -- The quarter before tells whether anybody wanted it.
            and demand.week_start_date > evaluations.first_date - 98
    window
        item as (
            partition by demand.company_id, demand.product_id, demand.planning_location_id
            order by demand.week_start_date
        )
),

stockouts as (
    select
        weeks.company_id,
        'stock_out' as event_type,
        array['stock_runs_out', 'supplier_late', 'demand_rises', 'three_dimensions'] as rule_ids,
        weeks.product_id,
        weeks.planning_location_id,
        weeks.week_start_date as event_date,
        weeks.week_start_date - 35 as noticed_from,
        weeks.week_start_date as noticed_to
    from weeks
    inner join limits on weeks.company_id = limits.company_id
    left join items
        on
            weeks.company_id = items.company_id
            and weeks.product_id = items.product_id
            and weeks.planning_location_id = items.planning_location_id
    where
        weeks.week_start_date > weeks.first_date
        and weeks.stockout_days > 0
        and weeks.days_before = 0
        -- Margin of what the pace of the quarter before would have sold on the days without stock of four weeks.
        and weeks.sold_before / 91 * weeks.days_of_month * coalesce(items.unit_margin, 0) > limits.minimum_value
),

consumed as (
    select
        scores.company_id,
        scores.product_id,
        scores.planning_location_id,
        scores.business_date,
        scores.window_end_date,
        scores.on_hand_quantity,
        scores.on_hand_amount,
        sum(weeks.sold_quantity) as sold_quantity,
        max(weeks.week_start_date) + 6 as last_known_date
    from scores
    inner join weeks
        on
            scores.company_id = weeks.company_id
            and scores.product_id = weeks.product_id
            and scores.planning_location_id = weeks.planning_location_id
            and scores.as_of_date < weeks.week_start_date
            and scores.window_end_date >= weeks.week_start_date
    where scores.business_date >= weeks.first_date
    group by
        scores.company_id, scores.product_id, scores.planning_location_id, scores.business_date,
        scores.window_end_date, scores.on_hand_quantity, scores.on_hand_amount, scores.model_version
),

unsold as (
    select distinct
        consumed.company_id,
        'unsold' as event_type,
        array['slow_mover', 'demand_falls', 'three_dimensions'] as rule_ids,
        consumed.product_id,
        consumed.planning_location_id,
        consumed.window_end_date as event_date,
        consumed.business_date as noticed_from,
        consumed.business_date + 1 as noticed_to
    from consumed
    inner join limits on consumed.company_id = limits.company_id
    where
        consumed.last_known_date >= consumed.window_end_date
        and greatest(consumed.on_hand_quantity - consumed.sold_quantity, 0)
        > limits.unsold_share * consumed.on_hand_quantity
        and (1 - consumed.sold_quantity / consumed.on_hand_quantity) * coalesce(consumed.on_hand_amount, 0)
        > limits.minimum_value
),

events as (
    select * from stockouts
    union all
    select * from unsold
)

select
    events.company_id,
    events.event_type,
    events.product_id,
    events.planning_location_id,
    events.event_date,
    (
        select count(*) > 0 from alerts
        where
            alerts.company_id = events.company_id
            and alerts.product_id = events.product_id
            and alerts.planning_location_id = events.planning_location_id
            and alerts.business_date >= events.noticed_from
            and alerts.business_date < events.noticed_to
            and alerts.rule_id = any(events.rule_ids)
    ) as was_alerted
from events
