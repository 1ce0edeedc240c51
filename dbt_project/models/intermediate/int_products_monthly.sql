{{ config(materialized='table') }}

-- Sales and stock of every planned product and month, all places together, zero-filled from its first sale or stock on.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

sales as (
    select sales.*
    from {{ ref('int_sales_products_monthly') }} as sales
    inner join {{ ref('int_products_planned') }} using (company_id, product_id)
),

stock as (
    select
        company_id,
        product_id,
        month_start_date,
        min(first_stock_date) as first_stock_date,
        sum(on_hand_amount_days) as on_hand_amount_days
    from {{ ref('int_inventory_monthly') }}
    group by company_id, product_id, month_start_date
),

beginnings as (
    select
        company_id,
        product_id,
        least(min(sales.first_sale_date), min(stock.first_stock_date)) as first_date,
        min(stock.first_stock_date) as first_stock_date
    from sales
    full join stock using (company_id, product_id, month_start_date)
    group by company_id, product_id
),

spine as (
    select
        beginnings.*,
        month::date as month_start_date,
        least((month + interval '1 month')::date - 1, policies.business_date) as closing_date,
        (month + interval '1 month')::date - 1 <= policies.business_date
        and month >= min(beginnings.first_date) over (partition by beginnings.company_id) as is_complete_month
    from beginnings
    inner join policies on beginnings.company_id = policies.company_id
    cross join lateral generate_series(
        date_trunc('month', beginnings.first_date), policies.business_date, interval '1 month'
    ) as month
)

select
    spine.company_id,
    spine.product_id,
    spine.month_start_date,
    spine.closing_date,
    spine.is_complete_month,
    spine.closing_date - greatest(spine.month_start_date, spine.first_date) + 1 as sales_days,
    -- A product that the records of a day lack has no stock on it; greatest() would skip the day that one has not begun.
    case
        when spine.first_stock_date is not null
            then greatest(spine.closing_date - greatest(spine.month_start_date, spine.first_stock_date) + 1, 0)
    end as stock_days,
    coalesce(sales.net_amount, 0)::numeric(18, 4) as net_amount,
    coalesce(sales.costed_net_amount, 0)::numeric(18, 4) as costed_net_amount,
    coalesce(sales.cost_amount, 0)::numeric(18, 4) as cost_amount,
    coalesce(stock.on_hand_amount_days, 0)::numeric(18, 4) as on_hand_amount_days
from spine
left join sales using (company_id, product_id, month_start_date)
left join stock using (company_id, product_id, month_start_date)
