{{ config(materialized='table') }}

-- Stock at cost of all places together. Means are over three months, so that a month without a Monday more or less, or a
-- part of a month, changes little; rates of a year are 365 ÷ days of them.
with months as (
    select * from {{ ref('int_company_months') }}
),

closing as (
    select
        months.company_id,
        months.month_start_date,
        sum(stock.on_hand_amount) as on_hand_amount
    from months
    inner join {{ ref('fct_inventory_daily') }} as stock
        on months.company_id = stock.company_id and months.closing_date = stock.inventory_date
    group by months.company_id, months.month_start_date
),

records as (
    select
        company_id,
        month_start_date,
        sum(stock_days) as item_days,
        sum(stockout_days) as stockout_days
    from {{ ref('int_inventory_monthly') }}
    group by company_id, month_start_date
),

products as (
    select
        company_id,
        month_start_date,
        sum(cost_amount) as cost_amount,
        sum(costed_net_amount) - sum(cost_amount) as margin_amount,
        max(sales_days) as sales_days,
        sum(on_hand_amount_days) as on_hand_amount_days,
        max(stock_days) as stock_days
    from {{ ref('int_products_monthly') }}
    group by company_id, month_start_date
),

trailing_quarter as (
    select
        company_id,
        month_start_date,
        sum(cost_amount) over last_3 / nullif(sum(sales_days) over last_3, 0) as daily_cost_amount,
        sum(margin_amount) over last_3 / nullif(sum(sales_days) over last_3, 0) as daily_margin_amount,
        sum(on_hand_amount_days) over last_3 / nullif(sum(stock_days) over last_3, 0) as mean_stock_amount
    from products
    window last_3 as (
        partition by company_id order by month_start_date
        range between interval '2 months' preceding and current row
    )
)

select
    months.company_id,
    months.month_start_date,
    kpis.kpi_id,
    kpis.numerator::numeric(24, 6) as numerator,
    kpis.denominator::numeric(24, 6) as denominator
from months
left join closing on months.company_id = closing.company_id and months.month_start_date = closing.month_start_date
left join records on months.company_id = records.company_id and months.month_start_date = records.month_start_date
left join trailing_quarter as quarter
    on months.company_id = quarter.company_id and months.month_start_date = quarter.month_start_date
cross join lateral (
    values
    ('closing_stock_amount', closing.on_hand_amount, null),
    ('turnover_cost', 365 * quarter.daily_cost_amount, quarter.mean_stock_amount),
    ('gmroi', 365 * quarter.daily_margin_amount, quarter.mean_stock_amount),
    ('cover_days', closing.on_hand_amount, quarter.daily_cost_amount),
    ('stockout_pct', records.stockout_days, records.item_days)
) as kpis (kpi_id, numerator, denominator)
