-- Grain: one row per company, product and month with sales or returns, of companies that record returns.
-- Non-additive: rates and mean days; quantities add up within one unit of measure only.
{{ config(indexes=[{'columns': ['company_id', 'month_start_date']}]) }}

with returns as (
    select
        company_id,
        product_id,
        date_trunc('month', return_date)::date as month_start_date,
        min(uom) as first_uom,
        max(uom) as last_uom,
        count(*) as return_line_count,
        sum(returned_quantity) as returned_quantity,
        sum(returned_amount) as returned_amount,
        count(days_to_return) as dated_line_count,
        sum(days_to_return) as days_to_return_sum
    from {{ ref('int_return_lines') }}
    group by company_id, product_id, date_trunc('month', return_date)
),

-- Lines that take goods back lower the sales of their month, whoever counts them as returns.
taken_back as (
    select
        company_id,
        product_id,
        date_trunc('month', sale_date)::date as month_start_date,
        sum(net_amount) as net_amount
    from {{ ref('fct_sales_lines') }}
    where is_return
    group by company_id, product_id, date_trunc('month', sale_date)
),

sales as (
    select
        company_id,
        product_id,
        date_trunc('month', sale_date)::date as month_start_date,
        min(uom) as first_uom,
        max(uom) as last_uom,
        sum(sold_quantity) as sold_quantity,
        sum(net_amount) as net_amount
    from {{ ref('fct_sales_daily') }}
    -- Without a single return on record nobody knows whether there are none.
    where company_id in (select company_id from returns)
    group by company_id, product_id, date_trunc('month', sale_date)
),

measured as (
    select
        company_id,
        product_id,
        month_start_date,
        case
            when least(sales.first_uom, returns.first_uom) = greatest(sales.last_uom, returns.last_uom)
                then least(sales.first_uom, returns.first_uom)
        end as uom,
        coalesce(sales.sold_quantity, 0) as sold_quantity,
        coalesce(returns.returned_quantity, 0) as returned_quantity,
        coalesce(sales.net_amount, 0) - coalesce(taken_back.net_amount, 0) as sold_amount,
        -- Goods came back, but of no line is it known for how much.
        case when returns.return_line_count > 0 then returns.returned_amount else 0 end as returned_amount,
        coalesce(returns.return_line_count, 0) as return_line_count,
        coalesce(returns.dated_line_count, 0) as dated_line_count,
        returns.days_to_return_sum
    from sales
    full join returns using (company_id, product_id, month_start_date)
    left join taken_back using (company_id, product_id, month_start_date)
),

products as (
    select * from {{ ref('dim_product') }}
    where is_current
)

select
    measured.company_id,
    measured.product_id,
    products.product_name,
    coalesce(products.category_1, 'unknown') as category_1,
    measured.month_start_date,
    measured.uom,
    policies.currency,
    measured.sold_quantity::numeric(18, 4) as sold_quantity,
    measured.returned_quantity::numeric(18, 4) as returned_quantity,
    (measured.returned_quantity / nullif(measured.sold_quantity, 0))::numeric(18, 6) as return_quantity_pct,
    measured.sold_amount::numeric(18, 4) as sold_amount,
    measured.returned_amount::numeric(18, 4) as returned_amount,
    (measured.returned_amount / nullif(measured.sold_amount, 0))::numeric(18, 6) as return_amount_pct,
    measured.return_line_count::integer as return_line_count,
    measured.dated_line_count::integer as dated_return_line_count,
    (measured.days_to_return_sum / nullif(measured.dated_line_count, 0)::numeric)::numeric(9, 2) as days_to_return_mean
from measured
inner join {{ ref('int_company_policies') }} as policies on measured.company_id = policies.company_id
left join products on measured.company_id = products.company_id and measured.product_id = products.product_id
