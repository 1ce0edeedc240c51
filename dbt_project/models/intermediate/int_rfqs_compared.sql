{{ config(materialized='table') }}

-- Requests for quotation by supplier asked, with how they were answered by the close of the business date, and beside the
-- quoted price the cheapest answer to the same request and the price that was last paid before it. A price for another unit
-- than the one asked for compares with nothing.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

rfqs as (
    select
        rfqs.*,
        -- What is still to be answered in time says nothing of the supplier yet.
        rfqs.first_quoted_date is not null
        or rfqs.status in ('lost', 'no_answer')
        or coalesce(rfqs.due_date < policies.business_date, false) as is_due,
        case when rfqs.quotation_uom = rfqs.uom then rfqs.unit_price end as quoted_price,
        min(rfqs.unit_price) filter (where rfqs.quotation_uom = rfqs.uom) over same_request as best_price
    from {{ ref('fct_rfqs') }} as rfqs
    inner join policies on rfqs.company_id = policies.company_id
    where rfqs.status <> 'cancelled'
    window same_request as (
        partition by rfqs.company_id, rfqs.rfq_id, rfqs.product_id, rfqs.currency, rfqs.uom
    )
),

-- A supplier asked does not matter for what was paid: any earlier order counts, in the currency and unit of the quotation.
paid as (
    select distinct on (rfqs.rfq_line_key)
        rfqs.rfq_line_key,
        lines.unit_price as last_price
    from rfqs
    inner join {{ ref('fct_purchase_order_lines') }} as lines
        on
            rfqs.company_id = lines.company_id
            and rfqs.product_id = lines.product_id
            and rfqs.currency = lines.currency
            and rfqs.uom = lines.uom
            and rfqs.sent_date > lines.order_date
    inner join policies on lines.company_id = policies.company_id
    where lines.is_binding and lines.unit_price > coalesce(policies.placeholder_price, 0)
    order by rfqs.rfq_line_key asc, lines.order_date desc, lines.purchase_order_id desc, lines.line_number desc
)

select
    rfqs.rfq_line_key,
    rfqs.company_id,
    rfqs.rfq_id,
    rfqs.product_id,
    rfqs.supplier_id,
    rfqs.uom,
    rfqs.currency,
    rfqs.requested_quantity,
    rfqs.quoted_price as unit_price,
    rfqs.best_price,
    paid.last_price,
    rfqs.response_days,
    rfqs.sent_date,
    date_trunc('month', rfqs.sent_date)::date as month_start_date,
    rfqs.is_due,
    rfqs.quotation_count > 0 as is_answered,
    rfqs.due_date is not null and rfqs.is_due as is_timed,
    coalesce(rfqs.is_answered_in_time, false) as is_answered_in_time,
    rfqs.is_accepted,
    coalesce(rfqs.quoted_price = rfqs.best_price, false) as is_best
from rfqs
left join paid on rfqs.rfq_line_key = paid.rfq_line_key
