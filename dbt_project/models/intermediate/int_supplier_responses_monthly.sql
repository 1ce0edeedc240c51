{{ config(materialized='table') }}

-- How suppliers answer requests for quotation, by the month in which these were sent.
select
    company_id,
    supplier_id,
    month_start_date,
    count(*) as rfq_line_count,
    count(*) filter (where is_due) as due_line_count,
    count(*) filter (where is_answered) as answered_line_count,
    count(*) filter (where is_timed) as timed_line_count,
    count(*) filter (where is_timed and is_answered_in_time) as in_time_line_count,
    count(*) filter (where is_accepted) as accepted_line_count,
    count(*) filter (where is_best) as best_line_count,
    (avg(response_days))::numeric(9, 3) as rfq_response_days
from {{ ref('int_rfqs_compared') }}
group by company_id, supplier_id, month_start_date
