{{ config(tags=['after_alerts'], materialized='table') }}

-- What came of the danger that an alert's first signal told of: known once its window has passed in complete weeks.
with episodes as (
    select
        alerts.company_id,
        alerts.alert_id,
        alerts.rule_id,
        alerts.product_id,
        alerts.planning_location_id,
        min(alerts.first_seen_date) as first_seen_date
    from {{ ref('stg_alerts') }} as alerts
    group by
        alerts.company_id, alerts.alert_id, alerts.rule_id, alerts.product_id, alerts.planning_location_id
),

signals as (
    select * from {{ ref('stg_alert_signals') }}
),

policies as (
    select * from {{ ref('stg_policies') }}
    where policy_name in ('slow_movers.lead_days', 'slow_movers.window_days', 'slow_movers.unsold_share')
),

slow_policies as (
    select
        company_id,
        (
            ceil(max(policy_value::numeric) filter (where policy_name = 'slow_movers.lead_days') / 7)
            + ceil(max(policy_value::numeric) filter (where policy_name = 'slow_movers.window_days') / 7)
        )::integer as slow_weeks,
        max(policy_value::numeric) filter (where policy_name = 'slow_movers.unsold_share') as unsold_share
    from policies
    group by company_id
),

demand as (
    select * from {{ ref('fct_demand_weekly') }}
),

judged as (
    select
        episodes.*,
        signals.value_at_risk_amount as first_value_at_risk_amount,
        slow_policies.unsold_share,
        (signals.evidence ->> 'on_hand_quantity')::numeric as on_hand_quantity,
        (signals.evidence ->> 'demand_low')::numeric as demand_low,
        (signals.evidence ->> 'demand_high')::numeric as demand_high,
        (signals.evidence ->> 'demand_standard')::numeric as demand_standard,
        (date_trunc('week', episodes.first_seen_date + 1) - interval '7 days')::date as week_start_date,
        case episodes.rule_id
            when 'slow_mover' then slow_policies.slow_weeks
            when 'stock_runs_out' then greatest(ceil((signals.evidence ->> 'needed_weeks')::numeric), 1)::integer
            when 'supplier_late' then greatest(ceil((signals.evidence ->> 'needed_weeks')::numeric), 1)::integer
            when 'three_dimensions' then null
            else 4
        end as window_weeks
    from episodes
    inner join signals
        on
            episodes.company_id = signals.company_id
            and episodes.first_seen_date = signals.business_date
            and episodes.rule_id = signals.rule_id
            and episodes.product_id = signals.product_id
            and episodes.planning_location_id = signals.planning_location_id
    inner join slow_policies on episodes.company_id = slow_policies.company_id
),

followed as (
    select
        judged.company_id,
        judged.alert_id,
        count(*) as weeks,
        sum(demand.sold_quantity) as sold_quantity,
        sum(demand.stockout_days) as stockout_days
    from judged
    inner join demand
        on
            judged.company_id = demand.company_id
            and judged.product_id = demand.product_id
            and judged.planning_location_id = demand.planning_location_id
            and judged.week_start_date < demand.week_start_date
            and judged.week_start_date + 7 * judged.window_weeks >= demand.week_start_date
    group by judged.company_id, judged.alert_id
)

select
    judged.company_id,
    judged.alert_id,
    judged.first_value_at_risk_amount,
    judged.week_start_date + 7 * judged.window_weeks + 6 as window_end_date,
    case
        when coalesce(followed.weeks, 0) <> coalesce(judged.window_weeks, -1) then null
        when judged.rule_id = 'slow_mover'
            then
                greatest(judged.on_hand_quantity - followed.sold_quantity, 0)
                > judged.unsold_share * judged.on_hand_quantity
        when judged.rule_id = 'demand_falls' then followed.sold_quantity < judged.demand_low
        when judged.rule_id = 'demand_rises' then followed.sold_quantity > judged.demand_high
        when judged.rule_id = 'rival_cheaper' then followed.sold_quantity < judged.demand_standard
        else followed.stockout_days > 0
    end as has_come_true
from judged
left join followed on judged.company_id = followed.company_id and judged.alert_id = followed.alert_id
