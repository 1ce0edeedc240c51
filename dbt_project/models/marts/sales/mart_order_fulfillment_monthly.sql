-- Grain: one row per company, channel and month in which order lines were due; orders count where their last line was due.
-- Non-additive: rates. Quantities add up within one unit of measure only.
select
    company_id,
    channel,
    month_start_date,
    line_count::integer as line_count,
    on_time_line_count::integer as on_time_line_count,
    (on_time_line_count / line_count::numeric)::numeric(9, 6) as on_time_pct,
    measured_line_count::integer as measured_line_count,
    in_full_line_count::integer as in_full_line_count,
    (in_full_line_count / nullif(measured_line_count, 0)::numeric)::numeric(9, 6) as line_fill_pct,
    (otif_line_count / nullif(measured_line_count, 0)::numeric)::numeric(9, 6) as otif_pct,
    uom,
    case when uom is not null then ordered_quantity end::numeric(18, 4) as ordered_quantity,
    case when uom is not null then filled_quantity end::numeric(18, 4) as filled_quantity,
    case when uom is not null then filled_quantity / nullif(ordered_quantity, 0) end::numeric(9, 6)
        as unit_fill_pct,
    order_count::integer as order_count,
    (in_full_order_count / nullif(order_count, 0)::numeric)::numeric(9, 6) as order_fill_pct,
    (otif_order_count / nullif(order_count, 0)::numeric)::numeric(9, 6) as order_otif_pct,
    coalesce(perfect_order_count, 0)::integer as perfect_order_count,
    (perfect_order_count / nullif(order_count, 0)::numeric)::numeric(9, 6) as perfect_order_pct,
    open_line_count::integer as backlog_line_count,
    case when uom is not null then coalesce(backlog_quantity, 0) end::numeric(18, 4) as backlog_quantity
from {{ ref('int_order_fulfillment_monthly') }}
