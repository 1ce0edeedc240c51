-- Grain: one row per company, product, month and reason for which goods came back, of companies that keep return documents.
-- Non-additive: shares and mean days; quantities add up within one unit of measure only.
with reasons as (
    select
        company_id,
        product_id,
        date_trunc('month', return_date)::date as month_start_date,
        return_reason,
        case when min(uom) = max(uom) then min(uom) end as uom,
        count(*) as return_line_count,
        sum(returned_quantity) as returned_quantity,
        sum(returned_amount) as returned_amount,
        sum(returned_quantity) filter (where is_restockable) as restockable_quantity,
        sum(returned_quantity) filter (where is_restockable is not null) as restockable_known_quantity,
        count(days_to_return) as dated_line_count,
        sum(days_to_return) as days_to_return_sum
    from {{ ref('int_return_lines') }}
    where is_document
    group by company_id, product_id, date_trunc('month', return_date), return_reason
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    reasons.company_id,
    reasons.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    reasons.month_start_date,
    reasons.return_reason,
    reasons.uom,
    policies.currency,
    reasons.return_line_count::integer as return_line_count,
    (
        reasons.return_line_count
        / sum(reasons.return_line_count) over (partition by reasons.company_id, reasons.product_id, reasons.month_start_date)
    )::numeric(9, 6) as return_line_share_pct,
    reasons.returned_quantity::numeric(18, 4) as returned_quantity,
    reasons.returned_amount::numeric(18, 4) as returned_amount,
    coalesce(reasons.restockable_quantity, 0)::numeric(18, 4) as restockable_quantity,
    coalesce(reasons.restockable_known_quantity, 0)::numeric(18, 4) as restockable_known_quantity,
    (coalesce(reasons.restockable_quantity, 0) / nullif(reasons.restockable_known_quantity, 0))::numeric(9, 6)
        as restockable_pct,
    reasons.dated_line_count::integer as dated_return_line_count,
    (reasons.days_to_return_sum / nullif(reasons.dated_line_count, 0)::numeric)::numeric(9, 2) as days_to_return_mean
from reasons
inner join {{ ref('int_company_policies') }} as policies on reasons.company_id = policies.company_id
left join products on reasons.company_id = products.company_id and reasons.product_id = products.product_id
