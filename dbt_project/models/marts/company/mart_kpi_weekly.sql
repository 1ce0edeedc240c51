-- Grain: one row per company and ISO week up to the business date: the page for the morning meeting.
-- Semi-additive: stock amounts (not over weeks). Non-additive: every ratio.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

weeks as (
    select * from {{ ref('int_company_weeks') }}
),

sales as (
    select * from {{ ref('int_sales_company_weekly') }}
),

stock as (
    select
        company_id,
        week_start_date,
        is_complete_week,
        nullif(count(closing_on_hand_quantity), 0) as stocked_item_count,
        sum(closing_on_hand_amount) as closing_stock_amount,
        sum(average_on_hand_amount) as average_stock_amount,
        sum(cost_amount) as cost_amount
    from {{ ref('int_demand_weekly') }}
    group by company_id, week_start_date, is_complete_week
),

turnover as (
    select
        company_id,
        week_start_date,
        52 * avg(cost_amount) over last_13 / nullif(avg(average_stock_amount) over last_13, 0) as turnover_cost
    from stock
    where is_complete_week
    window last_13 as (partition by company_id order by week_start_date rows between 12 preceding and current row)
),

stock_days as (
    select
        company_id,
        week_start_date,
        sum(stock_days) as item_days,
        sum(stockout_days) as stockout_item_days
    from {{ ref('int_inventory_weekly') }}
    group by company_id, week_start_date
),

purchasing as (
    select * from {{ ref('int_purchasing_company_weekly') }}
)

select
    weeks.company_id,
    weeks.week_start_date,
    weeks.closing_date,
    weeks.is_complete_week,
    policies.currency,
    coalesce(sales.net_amount, 0)::numeric(18, 4) as net_sales_amount,
    -- A part of a week is compared with nothing, and nothing with it.
    case
        when weeks.is_complete_week and lag(weeks.is_complete_week) over by_week
            then coalesce(sales.net_amount, 0) / nullif(lag(sales.net_amount) over by_week, 0) - 1
    end::numeric(18, 6) as net_sales_growth_pct,
    coalesce(sales.gross_amount, 0)::numeric(18, 4) as gross_sales_amount,
    coalesce(sales.discount_amount, 0)::numeric(18, 4) as discount_amount,
    (sales.costed_net_amount - sales.cost_amount)::numeric(18, 4) as gross_margin_amount,
    coalesce(sales.costed_net_amount, 0)::numeric(18, 4) as costed_net_sales_amount,
    ((sales.costed_net_amount - sales.cost_amount) / nullif(sales.costed_net_amount, 0))::numeric(18, 6)
        as gross_margin_pct,
    coalesce(sales.transaction_count, 0)::integer as transaction_count,
    (sales.net_amount / nullif(sales.transaction_count, 0))::numeric(18, 4) as average_basket_amount,
    coalesce(sales.product_count, 0)::integer as selling_product_count,
    stock.stocked_item_count::integer as stocked_item_count,
    stock.closing_stock_amount::numeric(18, 4) as closing_stock_amount,
    (stock_days.stockout_item_days / nullif(stock_days.item_days, 0)::numeric)::numeric(9, 6) as stockout_pct,
    turnover.turnover_cost::numeric(18, 4) as turnover_cost,
    purchasing.ordered_amount::numeric(18, 4) as ordered_amount,
    purchasing.lines_due_count::integer as lines_due_count,
    purchasing.on_time_pct::numeric(9, 6) as supplier_on_time_pct
from weeks
inner join policies on weeks.company_id = policies.company_id
left join sales on weeks.company_id = sales.company_id and weeks.week_start_date = sales.week_start_date
left join stock on weeks.company_id = stock.company_id and weeks.week_start_date = stock.week_start_date
left join turnover on weeks.company_id = turnover.company_id and weeks.trailing_week_date = turnover.week_start_date
left join stock_days on weeks.company_id = stock_days.company_id and weeks.week_start_date = stock_days.week_start_date
left join purchasing on weeks.company_id = purchasing.company_id and weeks.week_start_date = purchasing.week_start_date
window by_week as (partition by weeks.company_id order by weeks.week_start_date)
