-- Grain: one row per company, product, unit, currency and month in which quotations for it were asked for and came.
-- Non-additive: prices and rates. Amounts add up within one currency, quantities within one unit.
with requests as (
    select
        company_id,
        rfq_id,
        product_id,
        uom,
        currency,
        month_start_date,
        max(requested_quantity) as requested_quantity,
        count(*) as quotation_count,
        min(unit_price) as best_price,
        max(unit_price) as worst_price,
        avg(unit_price) as mean_price,
        max(last_price) as last_price,
        min(unit_price) filter (where is_accepted) as accepted_price
    from {{ ref('int_rfqs_compared') }}
    -- A price for another unit than the one asked for is none.
    where is_answered and unit_price is not null
    group by company_id, rfq_id, product_id, uom, currency, month_start_date
),

months as (
    select
        company_id,
        product_id,
        uom,
        currency,
        month_start_date,
        count(*) as rfq_count,
        sum(quotation_count) as quotation_count,
        sum(requested_quantity) as requested_quantity,
        sum(best_price * requested_quantity) as best_amount,
        sum(mean_price * requested_quantity) as mean_amount,
        sum(worst_price * requested_quantity) as worst_amount,
        sum(requested_quantity) filter (where last_price is not null) as compared_quantity,
        sum(best_price * requested_quantity) filter (where last_price is not null) as compared_best_amount,
        sum(last_price * requested_quantity) as last_amount,
        count(accepted_price) as accepted_rfq_count,
        sum((accepted_price - best_price) * requested_quantity) as above_best_amount
    from requests
    group by company_id, product_id, uom, currency, month_start_date
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    months.company_id,
    months.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    months.uom,
    months.currency,
    months.month_start_date,
    months.rfq_count::integer as rfq_count,
    months.quotation_count::integer as quotation_count,
    months.requested_quantity::numeric(18, 4) as requested_quantity,
    (months.best_amount / nullif(months.requested_quantity, 0))::numeric(18, 4) as best_price,
    (months.mean_amount / nullif(months.requested_quantity, 0))::numeric(18, 4) as mean_price,
    (months.worst_amount / nullif(months.requested_quantity, 0))::numeric(18, 4) as worst_price,
    coalesce(months.compared_quantity, 0)::numeric(18, 4) as compared_quantity,
    (months.last_amount / nullif(months.compared_quantity, 0))::numeric(18, 4) as last_price,
    (months.compared_best_amount - months.last_amount)::numeric(18, 4) as best_to_last_amount,
    (months.compared_best_amount / nullif(months.last_amount, 0) - 1)::numeric(18, 6) as best_to_last_pct,
    months.accepted_rfq_count::integer as accepted_rfq_count,
    months.above_best_amount::numeric(18, 4) as accepted_above_best_amount
from months
left join products on months.company_id = products.company_id and months.product_id = products.product_id
