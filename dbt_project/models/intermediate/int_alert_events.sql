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

limits as (
    select
        company_id,
        max(policy_value::numeric) filter (where policy_name = 'slow_movers.unsold_share') as unsold_share,
        max(policy_value::numeric) filter (where policy_name = 'alerts.minimum_value') as minimum_value
    from {{ ref('stg_policies') }}
    where policy_name in ('slow_movers.unsold_share', 'alerts.minimum_value')
    group by company_id
),

stockouts as (
    select
        valued.company_id,
        'stock_out' as event_type,
        array['stock_runs_out', 'supplier_late', 'demand_rises', 'three_dimensions'] as rule_ids,
        valued.product_id,
        valued.planning_location_id,
        valued.week_start_date as event_date,
        valued.week_start_date - 35 as noticed_from,
        valued.week_start_date as noticed_to
    from {{ ref('int_stockouts_valued') }} as valued
    inner join limits on valued.company_id = limits.company_id
    where valued.lost_margin_amount > limits.minimum_value
),

unsold as (
    select
        consumed.company_id,
        'unsold' as event_type,
        array['slow_mover', 'demand_falls', 'three_dimensions'] as rule_ids,
        consumed.product_id,
        consumed.planning_location_id,
        consumed.window_end_date as event_date,
        min(consumed.business_date) as noticed_from,
        max(consumed.business_date) + 1 as noticed_to
    from {{ ref('int_slow_movers_consumed') }} as consumed
    inner join evaluations
        on
            consumed.company_id = evaluations.company_id
            and consumed.business_date >= evaluations.first_date
    inner join limits on consumed.company_id = limits.company_id
    where
        consumed.actual_unsold_quantity > limits.unsold_share * consumed.on_hand_quantity
        and consumed.actual_unsold_quantity / consumed.on_hand_quantity * coalesce(consumed.on_hand_amount, 0)
        > limits.minimum_value
    group by
        consumed.company_id, consumed.product_id, consumed.planning_location_id, consumed.window_end_date
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
