-- Grain: one row per company, month since the first evaluation, and KPI of early warning.
-- Non-additive: actual, target; numerator and denominator add up.
with evaluations as (
    select
        company_id,
        min(business_date) as first_date,
        max(business_date) as last_date
    from {{ ref('stg_alert_evaluations') }}
    group by company_id
),

months as (
    select
        company_id,
        last_date,
        generate_series(date_trunc('month', first_date), last_date, interval '1 month')::date as month_start_date
    from evaluations
),

alerts as (
    select * from {{ ref('int_alerts_decided') }}
),

measured as (
    select * from {{ ref('int_pdca_measures_monthly') }}
),

worst as (
    -- The rule to look at: the one with most alerts that were none.
    select distinct on (company_id, month_start_date) *
    from (
        select
            company_id,
            date_trunc('month', first_seen_date)::date as month_start_date,
            rule_id,
            count(*) filter (where not is_right) as wrong_count
        from alerts
        group by company_id, date_trunc('month', first_seen_date)::date, rule_id
    ) as counted
    where wrong_count > 0
    order by company_id asc, month_start_date asc, wrong_count desc, rule_id asc
),

kpis as (
    select
        months.company_id,
        months.month_start_date,
        definitions.*,
        months.last_date >= (months.month_start_date + interval '1 month - 1 day')::date as is_complete_month,
        (policies.alert_targets ->> definitions.kpi_id)::numeric as target,
        measured.numerator,
        measured.denominator,
        measured.numerator / nullif(measured.denominator, 0) as actual
    from months
    cross join (
        values
        (1, 'response_hours', 'Time from alert to first decision', 'hours', 'lower_is_better'),
        (2, 'handling_days', 'Days from alert to end of what was acted on', 'days', 'lower_is_better'),
        (3, 'precision_pct', 'Alerts that were right', 'share', 'higher_is_better'),
        (4, 'false_alarm_pct', 'Alerts nobody acted on that did not come true', 'share', 'lower_is_better'),
        (5, 'recall_pct', 'Stock-outs and unsold stocks that had an alert', 'share', 'higher_is_better'),
        (6, 'value_saved_amount', 'Value at risk that was acted on and did not come true', 'amount', 'higher_is_better')
    ) as definitions (kpi_order, kpi_id, kpi_name, unit, direction)
    left join measured
        on
            months.company_id = measured.company_id
            and months.month_start_date = measured.month_start_date
            and definitions.kpi_id = measured.kpi_id
    inner join {{ ref('int_company_policies') }} as policies on months.company_id = policies.company_id
),

judged as (
    select
        *,
        case direction when 'higher_is_better' then actual < target else actual > target end as is_missed
    from kpis
)

select
    judged.company_id,
    judged.month_start_date,
    judged.kpi_id,
    judged.kpi_order::integer as kpi_order,
    judged.kpi_name,
    judged.unit,
    judged.direction,
    judged.is_complete_month,
    judged.numerator::numeric(24, 6) as numerator,
    judged.denominator::numeric(24, 6) as denominator,
    judged.actual::numeric(24, 6) as actual,
    judged.target::numeric(24, 6) as target,
    judged.is_missed,
    (lag(judged.actual) over (partition by judged.company_id, judged.kpi_id order by judged.month_start_date))
    ::numeric(24, 6) as previous_actual,
    case
        when not coalesce(judged.is_missed, false) then null
        when judged.kpi_id in ('response_hours', 'handling_days') then 'review owners and alerts.budget'
        when judged.kpi_id in ('recall_pct', 'value_saved_amount') then 'lower limits in shadow'
        else 'review rule ' || coalesce(worst.rule_id, 'limits')
    end as action,
    case when judged.is_missed then (judged.month_start_date + interval '1 month 13 days')::date end as action_due_date
from judged
left join worst
    on judged.company_id = worst.company_id and judged.month_start_date = worst.month_start_date
