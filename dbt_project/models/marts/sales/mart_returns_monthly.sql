-- Grain: one row per company, product and month with sales or returns, of companies that record returns.
-- Non-additive: rates and mean days; quantities add up within one unit of measure only.
{{ config(indexes=[{'columns': ['company_id', 'month_start_date']}]) }}

with returns as (
    select
        company_id,
        product_id,
        date_trunc('month', return_date)::date as month_start_date,
        count(*) as return_line_count,
        sum(returned_amount) as returned_amount,
        count(days_to_return) as dated_line_count,
        sum(days_to_return) as days_to_return_sum
    from {{ ref('int_return_lines') }}
    group by company_id, product_id, date_trunc('month', return_date)
),

sales as (
    select
        company_id,
        product_id,
        date_trunc('month', sale_date)::date as month_start_date,
        case when min(uom) = max(uom) then min(uom) end as uom,
        sum(sold_quantity) as sold_quantity,
        sum(returned_quantity) as returned_quantity,
        sum(net_amount) as net_amount
    from {{ ref('fct_sales_daily') }}
    -- Without a single return on record nobody knows whether there are none.
    where company_id in (select company_id from returns)
    group by company_id, product_id, date_trunc('month', sale_date)
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    sales.company_id,
    sales.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    sales.month_start_date,
    sales.uom,
    policies.currency,
    sales.sold_quantity::numeric(18, 4) as sold_quantity,
    sales.returned_quantity::numeric(18, 4) as returned_quantity,
    (sales.returned_quantity / nullif(sales.sold_quantity, 0))::numeric(18, 6) as return_quantity_pct,
    (sales.net_amount + coalesce(returns.returned_amount, 0))::numeric(18, 4) as sold_amount,
    coalesce(returns.returned_amount, 0)::numeric(18, 4) as returned_amount,
    (coalesce(returns.returned_amount, 0) / nullif(sales.net_amount + coalesce(returns.returned_amount, 0), 0))::numeric(
        18, 6
    ) as return_amount_pct,
    coalesce(returns.return_line_count, 0)::integer as return_line_count,
    coalesce(returns.dated_line_count, 0)::integer as dated_return_line_count,
    (returns.days_to_return_sum / nullif(returns.dated_line_count, 0)::numeric)::numeric(9, 2) as days_to_return_mean
from sales
left join returns using (company_id, product_id, month_start_date)
inner join {{ ref('int_company_policies') }} as policies on sales.company_id = policies.company_id
left join products on sales.company_id = products.company_id and sales.product_id = products.product_id
