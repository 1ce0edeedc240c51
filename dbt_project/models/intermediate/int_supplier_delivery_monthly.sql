{{ config(materialized='table') }}

with lines as (
    select * from {{ ref('int_purchase_order_lines_judged') }}
)

select
    company_id,
    supplier_id,
    date_trunc('month', due_date)::date as month_start_date,
    count(*)::integer as lines_due_count,
    count(is_on_time)::integer as lines_measured_count,
    count(*) filter (where is_on_time)::integer as lines_on_time_count,
    count(is_in_full)::integer as lines_quantity_known_count,
    count(*) filter (where is_in_full)::integer as lines_in_full_count,
    count(*) filter (where is_on_time is not null and is_in_full is not null)::integer as lines_otif_measured_count,
    count(*) filter (where is_on_time and is_in_full)::integer as lines_otif_count,
    count(*) filter (where rejected_quantity is not null and received_quantity > 0)::integer as lines_inspected_count,
    count(confirmed_quantity)::integer as lines_answered_count,
    sum(late_days_quantity)::numeric(18, 4) as late_days_quantity,
    sum(ordered_quantity)::numeric(18, 4) as ordered_quantity,
    sum(received_quantity)::numeric(18, 4) as received_quantity,
    sum(rejected_quantity)::numeric(18, 4) as rejected_quantity,
    -- No more than came can count against a supplier.
    (
        sum(least(rejected_quantity, received_quantity))
        filter (where rejected_quantity is not null and received_quantity is not null)
    )::numeric(18, 4) as refused_quantity,
    -- A receipt that does not tell rejects is no receipt without rejects.
    (sum(received_quantity) filter (where rejected_quantity is not null))::numeric(18, 4) as inspected_quantity,
    -- Over-delivery of one line must not hide a shortage of another, and what may still come in time is no shortage.
    (sum(least(received_quantity, ordered_quantity)) filter (where is_in_full is not null))::numeric(18, 4)
        as filled_quantity,
    (sum(ordered_quantity) filter (where is_in_full is not null))::numeric(18, 4) as fillable_quantity,
    (sum(least(confirmed_quantity, ordered_quantity)) filter (where confirmed_quantity is not null))::numeric(18, 4)
        as confirmed_quantity,
    (sum(ordered_quantity) filter (where confirmed_quantity is not null))::numeric(18, 4) as confirmable_quantity,
    case when count(distinct currency) = 1 then min(currency) end as currency,
    case when count(distinct currency) <= 1 then sum(line_amount) end::numeric(18, 4) as due_amount
from lines
group by company_id, supplier_id, date_trunc('month', due_date)
