-- Grain: one row per company, supplier and month of the due date. Months without a line due have no row.
-- Non-additive: every rate. A rate is null, never 100 %, where nothing was measured.
with lines as (
    select * from {{ ref('fct_purchase_order_lines') }}
    where coalesce(status, 'open') not in ('cancelled', 'rejected', 'draft')
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

recorded as (
    -- Companies whose sources record receipts; where none does, punctuality is unknown.
    select distinct
        company_id,
        true as has_receipts
    from {{ ref('fct_receipts') }}
),

judged as (
    select
        lines.*,
        date_trunc('month', lines.due_date)::date as month_start_date,
        policies.minimum_lines,
        -- A line counts as measured when receipts tell its days, or when it is overdue and nothing came although the
        -- company records receipts. A source without receipt dates leaves punctuality unknown.
        case
            when lines.receipt_count is null and recorded.has_receipts is null then null
            -- A rest that is still to come is late already.
            when lines.outstanding_quantity > (1 - policies.in_full_pct) * lines.ordered_quantity
                and policies.business_date > lines.due_date + policies.late_days
                then false
            else coalesce(lines.last_receipt_date <= lines.due_date + policies.late_days, false)
        end as is_on_time,
        -- Where receipts are recorded, none means nothing came.
        case
            when recorded.has_receipts then coalesce(lines.received_quantity, 0)
            else lines.received_quantity
        end as known_received_quantity,
        case
            when lines.received_quantity is null and recorded.has_receipts is null then null
            else coalesce(lines.received_quantity, 0) >= policies.in_full_pct * lines.ordered_quantity
        end as is_in_full,
        -- What came late, each part by its own days, and what is still open, by the days until now.
        case
            when recorded.has_receipts
                then coalesce(lines.received_late_days_quantity, 0)
                    + case
                        when coalesce(lines.status, 'open') <> 'complete'
                            then (policies.business_date - lines.due_date)
                                * greatest(lines.ordered_quantity - coalesce(lines.received_quantity, 0), 0)
                        else 0
                    end
        end as late_days_quantity
    from lines
    inner join policies on lines.company_id = policies.company_id
    left join recorded on lines.company_id = recorded.company_id
    where lines.due_date <= policies.business_date
),

monthly_prices as (
    select
        company_id,
        supplier_id,
        product_id,
        currency,
        date_trunc('month', order_date)::date as month_start_date,
        sum(unit_price * ordered_quantity) / nullif(sum(ordered_quantity), 0) as unit_price,
        sum(ordered_quantity) as ordered_quantity
    from lines
    group by company_id, supplier_id, product_id, currency, date_trunc('month', order_date)
),

priced as (
    select
        company_id,
        supplier_id,
        month_start_date,
        stddev_samp(unit_price) over trailing_year / nullif(avg(unit_price) over trailing_year, 0) as price_cv,
        sum(ordered_quantity) over trailing_year as ordered_quantity
    from monthly_prices
    window trailing_year as (
        partition by company_id, supplier_id, product_id, currency order by month_start_date
        range between interval '11 months' preceding and current row
    )
),

volatility as (
    select
        company_id,
        supplier_id,
        month_start_date,
        sum(price_cv * ordered_quantity) / nullif(sum(ordered_quantity), 0) as price_cv
    from priced
    where price_cv is not null
    group by company_id, supplier_id, month_start_date
),

summarized as (
    select
        company_id,
        supplier_id,
        month_start_date,
        min(minimum_lines) as minimum_lines,
        count(*) as lines_due_count,
        count(is_on_time) as lines_measured_count,
        count(*) filter (where is_on_time) as lines_on_time_count,
        count(is_in_full) as lines_quantity_known_count,
        count(*) filter (where is_in_full) as lines_in_full_count,
        count(*) filter (where is_on_time and is_in_full) as lines_otif_count,
        sum(late_days_quantity) as late_days_quantity,
        sum(ordered_quantity) as ordered_quantity,
        sum(known_received_quantity) as received_quantity,
        sum(rejected_quantity) as rejected_quantity,
        -- Over-delivery of one line must not hide a shortage of another.
        sum(least(known_received_quantity, ordered_quantity)) as filled_quantity,
        sum(ordered_quantity) filter (where known_received_quantity is not null) as fillable_quantity,
        case when count(distinct currency) = 1 then min(currency) end as currency,
        case when count(distinct currency) <= 1 then sum(line_amount) end as ordered_amount,
        avg(lead_time_days) as lead_time_days_mean,
        stddev_samp(lead_time_days) as lead_time_days_sd,
        count(lead_time_days) as lead_time_count
    from judged
    group by company_id, supplier_id, month_start_date
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
    volatility.price_cv::numeric(9, 6) as price_cv,
    summarized.ordered_amount::numeric(18, 4) as ordered_amount,
    summarized.lines_measured_count >= summarized.minimum_lines as is_sample_sufficient
from summarized
left join suppliers using (company_id, supplier_id)
left join volatility using (company_id, supplier_id, month_start_date)
