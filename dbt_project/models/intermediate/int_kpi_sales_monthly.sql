{{ config(materialized='table') }}

with months as (
    select * from {{ ref('int_company_months') }}
),

sales as (
    select
        company_id,
        month_start_date,
        sum(net_sales_amount) as net_amount,
        sum(gross_sales_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(costed_net_amount) as costed_net_amount,
        sum(costed_net_amount) - sum(cost_amount) as margin_amount,
        -- Quantities of several units have no sum.
        case when min(first_uom) = max(last_uom) then sum(sold_quantity) end as sold_quantity,
        case when min(first_uom) = max(last_uom) then sum(returned_quantity) end as returned_quantity
    from {{ ref('int_sales_categories_monthly') }}
    group by company_id, month_start_date
),

baskets as (
    select * from {{ ref('int_baskets_monthly') }}
),

sellers as (
    select
        company_id,
        min(month_start_date) as first_month_date,
        company_id in (select company_id from {{ ref('int_return_bookers') }}) as has_returns
    from {{ ref('int_sales_categories_monthly') }}
    group by company_id
)

select
    months.company_id,
    months.month_start_date,
    kpis.kpi_id,
    kpis.numerator::numeric(24, 6) as numerator,
    kpis.denominator::numeric(24, 6) as denominator
from months
inner join sellers on months.company_id = sellers.company_id and months.month_start_date >= sellers.first_month_date
left join sales on months.company_id = sales.company_id and months.month_start_date = sales.month_start_date
left join baskets on months.company_id = baskets.company_id and months.month_start_date = baskets.month_start_date
cross join lateral (
    values
    ('net_sales_amount', coalesce(sales.net_amount, 0), null),
    ('gross_margin_amount', sales.margin_amount, null),
    ('gross_margin_pct', sales.margin_amount, sales.costed_net_amount),
    ('discount_pct', sales.discount_amount, sales.gross_amount),
    ('transaction_count', coalesce(baskets.transaction_count, 0), null),
    ('average_basket_amount', sales.net_amount, baskets.transaction_count),
    -- Who books no return as a sales line does not know of none.
    ('return_pct', case when sellers.has_returns then sales.returned_quantity end, sales.sold_quantity)
) as kpis (kpi_id, numerator, denominator)
