{{ config(materialized='table') }}

-- Customer order lines by the month in which they were due, and orders by that of their last line.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

lines as (
    select
        lines.*,
        lines.shipped_quantity >= policies.order_in_full_pct * lines.ordered_quantity as is_in_full,
        -- What is not there counts as late once its day and the tolerance are over.
        coalesce(lines.late_days <= policies.order_late_days, false) as is_on_time,
        max(lines.promised_date) over (partition by lines.company_id, lines.order_id) as order_promised_date
    from {{ ref('fct_customer_order_lines') }} as lines
    inner join policies on lines.company_id = policies.company_id
    where lines.status <> 'cancelled' and lines.promised_date is not null
),

due as (
    select lines.*
    from lines
    inner join policies
        on
            lines.company_id = policies.company_id
            and lines.promised_date + policies.order_late_days < policies.business_date
),

line_sums as (
    select
        company_id,
        channel,
        date_trunc('month', promised_date)::date as month_start_date,
        case when min(uom) = max(uom) then min(uom) end as uom,
        count(*) as line_count,
        count(*) filter (where is_on_time) as on_time_line_count,
        count(is_in_full) as measured_line_count,
        count(*) filter (where is_in_full) as in_full_line_count,
        count(*) filter (where is_in_full and is_on_time) as otif_line_count,
        count(*) filter (where status = 'open') as open_line_count,
        (sum(ordered_quantity) filter (where shipped_quantity is not null))::numeric(18, 4) as ordered_quantity,
        (sum(least(shipped_quantity, ordered_quantity)) filter (where shipped_quantity is not null))::numeric(18, 4)
            as filled_quantity,
        (sum(greatest(ordered_quantity - coalesce(shipped_quantity, 0), 0)) filter (where status = 'open'))::numeric(18, 4)
            as backlog_quantity
    from due
    group by company_id, channel, date_trunc('month', promised_date)
),

orders as (
    select
        company_id,
        channel,
        order_id,
        date_trunc('month', order_promised_date)::date as month_start_date,
        -- One line that is known to be short settles it; else every line must be known.
        case when bool_or(not is_in_full) then false when count(is_in_full) = count(*) then true end as is_in_full,
        bool_and(is_on_time) as is_on_time,
        bool_or(is_damaged or is_invoice_disputed) as is_flawed
    from due
    group by company_id, channel, order_id, date_trunc('month', order_promised_date)
    having max(promised_date) = max(order_promised_date)
),

order_sums as (
    select
        company_id,
        channel,
        month_start_date,
        count(is_in_full) as order_count,
        count(*) filter (where is_in_full) as in_full_order_count,
        count(*) filter (where is_in_full and is_on_time) as otif_order_count,
        count(*) filter (where is_in_full and is_on_time and not is_flawed) as perfect_order_count
    from orders
    group by company_id, channel, month_start_date
)

select
    lines.*,
    coalesce(orders.order_count, 0) as order_count,
    orders.in_full_order_count,
    orders.otif_order_count,
    orders.perfect_order_count
from line_sums as lines
left join order_sums as orders using (company_id, channel, month_start_date)
