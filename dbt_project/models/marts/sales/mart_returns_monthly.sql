-- Grain: one row per company, product and month with sales or returns, of companies that record returns.
-- Non-additive: rates and mean days; quantities add up within one unit of measure only.
{{ config(indexes=[{'columns': ['company_id', 'month_start_date']}]) }}

with policies as (
    select * from {{ ref('int_company_policies') }}
),

-- A company whose documents were all refused keeps documents still.
documenting as (
    select distinct company_id from {{ ref('fct_returns') }}
),

months as (
    select
        returns.*,
        -- Nobody tells how to convert a refund.
        case
            when coalesce(returns.refund_currency, policies.currency) = policies.currency then returns.returned_amount
        end as converted_amount,
        returns.is_document = (documenting.company_id is not null) as is_counted
    from {{ ref('int_returns_monthly') }} as returns
    inner join policies on returns.company_id = policies.company_id
    left join documenting on returns.company_id = documenting.company_id
),

returns as (
    select
        company_id,
        product_id,
        month_start_date,
        min(first_uom) as first_uom,
        max(last_uom) as last_uom,
        sum(return_line_count) as return_line_count,
        sum(returned_quantity) as returned_quantity,
        sum(converted_amount) as returned_amount,
        sum(dated_line_count) as dated_line_count,
        sum(days_to_return_sum) as days_to_return_sum
    from months
    where is_counted
    group by company_id, product_id, month_start_date
),

-- Lines that take goods back lower the sales of their month, whoever counts them as returns.
taken_back as (
    select
        company_id,
        product_id,
        month_start_date,
        sum(returned_amount) as returned_amount
    from months
    where not is_document
    group by company_id, product_id, month_start_date
),

sales as (
    select * from {{ ref('int_sales_products_monthly') }}
    -- Without a single return on record nobody knows whether there are none.
    where company_id in (select company_id from returns)
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
        coalesce(sales.net_amount, 0) + coalesce(taken_back.returned_amount, 0) as sold_amount,
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
inner join policies on measured.company_id = policies.company_id
left join products on measured.company_id = products.company_id and measured.product_id = products.product_id
