{{ config(tags=['after_alerts'], materialized='table') }}

with alerts as (
    select * from {{ ref('int_alerts_decided') }}
)

select
    company_id,
    date_trunc('month', first_seen_date)::date as month_start_date,
    'response_hours' as kpi_id,
    sum(response_hours) as numerator,
    count(response_hours) as denominator
from alerts
group by 1, 2
union all
select
    company_id,
    date_trunc('month', closed_date)::date,
    'handling_days',
    sum(closed_date - first_seen_date),
    count(*)
from alerts
where closed_date is not null and decision in ('accept', 'change')
group by 1, 2
union all
select
    company_id,
    date_trunc('month', first_seen_date)::date,
    'precision_pct',
    count(*) filter (where is_right),
    count(is_right)
from alerts
group by 1, 2
union all
select
    company_id,
    date_trunc('month', first_seen_date)::date,
    'false_alarm_pct',
    count(*) filter (where not has_come_true),
    count(has_come_true)
from alerts
where decision is null or decision not in ('accept', 'change')
group by 1, 2
union all
select
    company_id,
    date_trunc('month', event_date)::date,
    'recall_pct',
    count(*) filter (where was_alerted),
    count(*)
from {{ ref('int_alert_events') }}
group by 1, 2
union all
select
    company_id,
    date_trunc('month', closed_date)::date,
    'value_saved_amount',
    sum(case when has_come_true then 0 else first_value_at_risk_amount end),
    1
from alerts
-- What came of it must be known.
where closed_date is not null and decision in ('accept', 'change') and has_come_true is not null
group by 1, 2
