-- Grain: one row per company, product, month and reason for which goods came back, of companies that keep return documents.
-- Non-additive: shares and mean days; quantities add up within one unit of measure only.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

reasons as (
    select
        returns.company_id,
        returns.product_id,
        returns.month_start_date,
        returns.return_reason,
        case when min(returns.first_uom) = max(returns.last_uom) then min(returns.first_uom) end as uom,
        sum(returns.return_line_count) as return_line_count,
        sum(returns.returned_quantity) as returned_quantity,
        -- Nobody tells how to convert a refund.
        sum(returns.returned_amount) filter (
            where coalesce(returns.refund_currency, policies.currency) = policies.currency
        ) as returned_amount,
        sum(returns.restockable_quantity) as restockable_quantity,
        sum(returns.restockable_known_quantity) as restockable_known_quantity,
        sum(returns.dated_line_count) as dated_line_count,
        sum(returns.days_to_return_sum) as days_to_return_sum
    from {{ ref('int_returns_monthly') }} as returns
    inner join policies on returns.company_id = policies.company_id
    where returns.is_document
    group by returns.company_id, returns.product_id, returns.month_start_date, returns.return_reason
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
inner join policies on reasons.company_id = policies.company_id
left join products on reasons.company_id = products.company_id and reasons.product_id = products.product_id
