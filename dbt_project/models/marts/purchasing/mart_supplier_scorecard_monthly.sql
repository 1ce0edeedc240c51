-- Grain: one row per company, supplier and month of the due date. Months without a line due have no row.
-- Non-additive: every rate. A rate is null, never 100 %, where nothing was measured.
with lines as (
    select * from {{ ref('int_purchase_order_lines_judged') }}
),

prices as (
    select * from {{ ref('int_supplier_prices_monthly') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

summarized as (
    select
        company_id,
        supplier_id,
        date_trunc('month', due_date)::date as month_start_date,
        count(*) as lines_due_count,
        count(is_on_time) as lines_measured_count,
        count(*) filter (where is_on_time) as lines_on_time_count,
        count(is_in_full) as lines_quantity_known_count,
        count(*) filter (where is_in_full) as lines_in_full_count,
        count(*) filter (where is_on_time and is_in_full) as lines_otif_count,
        sum(late_days_quantity) as late_days_quantity,
        sum(ordered_quantity) as ordered_quantity,
        sum(received_quantity) as received_quantity,
        sum(rejected_quantity) as rejected_quantity,
        -- Over-delivery of one line must not hide a shortage of another.
        sum(least(received_quantity, ordered_quantity)) as filled_quantity,
        sum(ordered_quantity) filter (where received_quantity is not null) as fillable_quantity,
        case when count(distinct currency) = 1 then min(currency) end as currency,
        case when count(distinct currency) <= 1 then sum(line_amount) end as ordered_amount,
        avg(lead_time_days) as lead_time_days_mean,
        stddev_samp(lead_time_days) as lead_time_days_sd
    from lines
    group by company_id, supplier_id, date_trunc('month', due_date)
)

select
    summarized.company_id,
    summarized.supplier_id,
    suppliers.supplier_name,
    summarized.month_start_date,
    summarized.currency,
    summarized.lines_due_count::integer as lines_due_count,
    summarized.lines_measured_count::integer as lines_measured_count,
    case when summarized.lines_measured_count > 0 then summarized.lines_on_time_count end::integer
        as lines_on_time_count,
    case when summarized.lines_quantity_known_count > 0 then summarized.lines_in_full_count end::integer
        as lines_in_full_count,
    case when summarized.lines_measured_count > 0 then summarized.lines_otif_count end::integer as lines_otif_count,
    (summarized.lines_on_time_count / nullif(summarized.lines_measured_count, 0)::numeric)::numeric(9, 6)
        as on_time_pct,
    (summarized.lines_in_full_count / nullif(summarized.lines_quantity_known_count, 0)::numeric)::numeric(9, 6)
        as in_full_pct,
    (summarized.lines_otif_count / nullif(summarized.lines_measured_count, 0)::numeric)::numeric(9, 6) as otif_pct,
    summarized.late_days_quantity::numeric(18, 4) as late_days_quantity,
    summarized.ordered_quantity::numeric(18, 4) as ordered_quantity,
    summarized.received_quantity::numeric(18, 4) as received_quantity,
    summarized.rejected_quantity::numeric(18, 4) as rejected_quantity,
    (summarized.filled_quantity / nullif(summarized.fillable_quantity, 0))::numeric(9, 6) as fill_rate_pct,
    (summarized.rejected_quantity / nullif(summarized.received_quantity, 0))::numeric(9, 6) as reject_pct,
    summarized.lead_time_days_mean::numeric(9, 3) as lead_time_days_mean,
    summarized.lead_time_days_sd::numeric(9, 3) as lead_time_days_sd,
    (summarized.lead_time_days_sd / nullif(summarized.lead_time_days_mean, 0))::numeric(9, 6) as lead_time_cv,
    (summarized.lead_time_days_mean - suppliers.quoted_lead_time_days)::numeric(9, 3) as lead_time_delta_days,
    prices.price_cv::numeric(9, 6) as price_cv,
    summarized.ordered_amount::numeric(18, 4) as ordered_amount,
    summarized.lines_measured_count >= policies.minimum_lines as is_sample_sufficient
from summarized
inner join policies using (company_id)
left join suppliers using (company_id, supplier_id)
left join prices using (company_id, supplier_id, month_start_date)
