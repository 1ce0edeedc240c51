{{ config(materialized='table') }}

-- Sales and closing stock by month at the levels on which budgets are made: category, place, both, or the company; ALL is a total.
with budgeting as (
    select distinct company_id from {{ ref('fct_budgets_monthly') }}
),

sales as (
    select
        sales.*,
        sales.category_1 as category,
        sales.sold_quantity - sales.returned_quantity as sales_quantity
    from {{ ref('int_sales_categories_monthly') }} as sales
    inner join budgeting on sales.company_id = budgeting.company_id
    inner join {{ ref('int_company_policies') }} as policies
        on sales.company_id = policies.company_id and sales.currency = policies.currency
)

select
    company_id,
    month_start_date,
    coalesce(category, 'ALL') as category,
    coalesce(location_id, 'ALL') as location_id,
    sum(net_sales_amount)::numeric(18, 4) as net_sales_amount,
    sum(costed_net_amount)::numeric(18, 4) as costed_net_sales_amount,
    -- Without any known cost the margin is unknown, not zero.
    case when count(cost_amount) > 0 then sum(costed_net_amount) - sum(cost_amount) end::numeric(18, 4) as margin_amount,
    sum(sales_quantity)::numeric(18, 4) as sales_quantity,
    case when min(first_uom) = max(last_uom) then min(first_uom) end as uom
from sales
group by company_id, month_start_date, grouping sets ((category, location_id), (category), (location_id), ())
