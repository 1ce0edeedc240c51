-- Grain: one row per company, supplier and month in which requests for quotation were sent to it.
-- Non-additive: every rate and mean. A rate is null, never 100 %, where nothing was due.
with responses as (
    select * from {{ ref('int_supplier_responses_monthly') }}
),

suppliers as (
    select * from {{ ref('dim_supplier') }}
    where is_current
)

select
    responses.company_id,
    responses.supplier_id,
    suppliers.supplier_name,
    responses.month_start_date,
    responses.rfq_line_count::integer as rfq_line_count,
    responses.due_line_count::integer as due_line_count,
    responses.answered_line_count::integer as answered_line_count,
    (responses.answered_line_count / nullif(responses.due_line_count, 0)::numeric)::numeric(9, 6) as response_pct,
    responses.timed_line_count::integer as timed_line_count,
    responses.in_time_line_count::integer as in_time_line_count,
    (responses.in_time_line_count / nullif(responses.timed_line_count, 0)::numeric)::numeric(9, 6) as in_time_pct,
    responses.rfq_response_days as response_days_mean,
    responses.best_line_count::integer as best_line_count,
    (responses.best_line_count / nullif(responses.answered_line_count, 0)::numeric)::numeric(9, 6) as best_price_pct,
    responses.accepted_line_count::integer as accepted_line_count,
    (responses.accepted_line_count / nullif(responses.answered_line_count, 0)::numeric)::numeric(9, 6) as accepted_pct
from responses
left join suppliers on responses.company_id = suppliers.company_id and responses.supplier_id = suppliers.supplier_id
