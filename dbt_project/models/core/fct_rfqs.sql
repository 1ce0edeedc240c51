-- Grain: one row per company, request for quotation, product and supplier asked, updated as answers arrive.
-- Non-additive: unit_price, which is for one quotation_uom, response_days, lead_time_days. Quotations that nobody asked for are left out.
with requests as (
    select * from {{ ref('stg_rfqs') }}
),

answers as (
    select
        company_id,
        rfq_id,
        product_id,
        supplier_id,
        count(*)::integer as quotation_count,
        min(quoted_date) as first_quoted_date,
        bool_or(status = 'accepted') as is_accepted
    from {{ ref('stg_quotations') }}
    group by company_id, rfq_id, product_id, supplier_id
),

-- What counts is the accepted quotation, else the newest.
standing as (
    select distinct on (company_id, rfq_id, product_id, supplier_id)
        *
    from {{ ref('stg_quotations') }}
    order by
        company_id asc,
        rfq_id asc,
        product_id asc,
        supplier_id asc,
        (status = 'accepted') desc,
        quoted_date desc,
        quotation_id desc
)

select
    {{ surrogate_key([
        'requests.company_id', 'requests.rfq_id', 'requests.product_id', 'requests.supplier_id',
    ]) }} as rfq_line_key,
    {{ date_key('requests.sent_date') }} as sent_date_key,
    {{ member_key('products', 'product_key') }} as product_key,
    {{ member_key('suppliers', 'supplier_key') }} as supplier_key,
    requests.company_id,
    requests.rfq_id,
    requests.product_id,
    requests.supplier_id,
    requests.ship_to_location_id,
    requests.status,
    requests.uom,
    standing.uom as quotation_uom,
    standing.currency,
    requests.quantity as requested_quantity,
    coalesce(answers.quotation_count, 0) as quotation_count,
    coalesce(answers.is_accepted, false) as is_accepted,
    standing.unit_price,
    standing.minimum_order_quantity,
    standing.lead_time_days,
    requests.sent_date,
    requests.due_date,
    answers.first_quoted_date,
    standing.valid_to as quotation_valid_to,
    (answers.first_quoted_date - requests.sent_date)::integer as response_days,
    answers.first_quoted_date <= requests.due_date as is_answered_in_time
from requests
left join answers using (company_id, rfq_id, product_id, supplier_id)
left join standing using (company_id, rfq_id, product_id, supplier_id)
left join {{ ref('dim_product') }} as products
    on
        requests.company_id = products.company_id
        and requests.product_id = products.product_id
        and requests.sent_date >= products.valid_from
        and requests.sent_date < products.valid_to
left join {{ ref('dim_supplier') }} as suppliers
    on
        requests.company_id = suppliers.company_id
        and requests.supplier_id = suppliers.supplier_id
        and requests.sent_date >= suppliers.valid_from
        and requests.sent_date < suppliers.valid_to
