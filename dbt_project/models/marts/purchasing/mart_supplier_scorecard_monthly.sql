-- Grain: one row per company, supplier and month of the due date. Months without a line due have no row.
-- Non-additive: every rate, mean, score and lead time. A rate is null, never 100 %, where nothing was measured.
with delivery as (
    select * from {{ ref('int_supplier_delivery_monthly') }}
),

rates as (
    select * from {{ ref('int_supplier_rates_monthly') }}
),

lead_times as (
    select * from {{ ref('int_supplier_lead_times_monthly') }}
),

prices as (
    select * from {{ ref('int_supplier_prices_monthly') }}
),

scores as (
    select * from {{ ref('int_supplier_scores_monthly') }}
),

responses as (
    select * from {{ ref('int_supplier_responses_monthly') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    delivery.company_id,
    delivery.supplier_id,
    suppliers.supplier_name,
    delivery.month_start_date,
    months.is_complete_month,
    delivery.currency,
    delivery.lines_due_count,
    delivery.lines_measured_count,
    case when delivery.lines_measured_count > 0 then delivery.lines_on_time_count end as lines_on_time_count,
    case when delivery.lines_quantity_known_count > 0 then delivery.lines_in_full_count end as lines_in_full_count,
    case when delivery.lines_otif_measured_count > 0 then delivery.lines_otif_count end as lines_otif_count,
    rates.on_time_pct,
    rates.on_time_shrunk_pct,
    rates.in_full_pct,
    rates.in_full_shrunk_pct,
    (delivery.lines_otif_count / nullif(delivery.lines_otif_measured_count, 0)::numeric)::numeric(9, 6) as otif_pct,
    delivery.late_days_quantity::numeric(18, 4) as late_days_quantity,
    delivery.ordered_quantity::numeric(18, 4) as ordered_quantity,
    delivery.received_quantity::numeric(18, 4) as received_quantity,
    delivery.rejected_quantity::numeric(18, 4) as rejected_quantity,
    (delivery.filled_quantity / nullif(delivery.fillable_quantity, 0))::numeric(9, 6) as fill_rate_pct,
    rates.reject_pct,
    rates.reject_shrunk_pct,
    rates.confirmation_pct,
    rates.confirmation_shrunk_pct,
    lead_times.lead_time_receipts_count,
    lead_times.lead_time_days_mean,
    lead_times.lead_time_days_sd,
    case when lead_times.is_sample_sufficient then lead_times.lead_time_cv end::numeric(9, 6) as lead_time_cv,
    lead_times.lead_time_days_mean_shrunk,
    lead_times.lead_time_days_sd_shrunk,
    case when lead_times.is_sample_sufficient then lead_times.lead_time_cv_shrunk end::numeric(9, 6)
        as lead_time_cv_shrunk,
    (lead_times.lead_time_days_mean - suppliers.quoted_lead_time_days)::numeric(9, 3) as lead_time_delta_days,
    responses.rfq_response_days,
    prices.price_cv,
    prices.currency as price_currency,
    prices.standard_variance_amount as ppv_standard_amount,
    prices.contract_variance_amount as ppv_contract_amount,
    (prices.contract_variance_amount / nullif(prices.contract_amount, 0))::numeric(18, 6) as ppv_contract_pct,
    delivery.due_amount::numeric(18, 4) as due_amount,
    {% for part in ['on_time', 'in_full', 'quality', 'confirmation', 'lead_time', 'price_stability', 'price'] -%}
    scores.{{ part }}_part,
    {% endfor -%}
    scores.score_known_share,
    scores.score,
    case
        when scores.score is null then 'unrated'
        when scores.score >= policies.preferred_score then 'preferred'
        when scores.score >= policies.approved_score then 'approved'
        when scores.score >= policies.watch_score then 'watch'
        else 'critical'
    end as standing,
    (scores.score - scores.score_3m_mean)::numeric(9, 3) as score_change_3m,
    (scores.score - scores.score_6m_mean)::numeric(9, 3) as score_change_6m,
    case
        when scores.score - scores.score_3m_mean >= policies.trend_points then 'rising'
        when scores.score - scores.score_3m_mean <= -policies.trend_points then 'falling'
        when scores.score - scores.score_3m_mean is not null then 'steady'
    end as trend,
    delivery.lines_measured_count >= policies.minimum_lines as is_sample_sufficient
from delivery
inner join policies on delivery.company_id = policies.company_id
inner join months on delivery.company_id = months.company_id and delivery.month_start_date = months.month_start_date
{% for source in ['rates', 'lead_times', 'prices', 'scores', 'responses'] -%}
left join {{ source }}
    on
        delivery.company_id = {{ source }}.company_id
        and delivery.supplier_id = {{ source }}.supplier_id
        and delivery.month_start_date = {{ source }}.month_start_date
{% endfor -%}
left join suppliers on delivery.company_id = suppliers.company_id and delivery.supplier_id = suppliers.supplier_id
-- Lines whose order has not come yet count for the company only.
where delivery.supplier_id is not null
