-- Grain: one row per company and complete ISO week: the page for the morning meeting.
-- Semi-additive: stock amounts (not over weeks). Non-additive: every ratio.
with companies as (
    select * from {{ ref('int_company_policies') }}
),

sales as (
    select
        company_id,
        date_trunc('week', sale_date)::date as week_start_date,
        min(currency) as currency,
        greatest(min(min(sale_date)) over company, date_trunc('week', sale_date)::date) as first_sale_date,
        sum(net_amount) as net_sales_amount,
        sum(gross_amount) as gross_sales_amount,
        sum(discount_amount) as discount_amount,
        sum(costed_net_amount) - sum(cost_amount) as gross_margin_amount,
        sum(costed_net_amount) as costed_net_amount
    from {{ ref('fct_sales_daily') }}
    group by company_id, date_trunc('week', sale_date)
    window company as (partition by company_id)
),

selling_products as (
    select company_id, week_start_date, count(*) as selling_product_count
    from (
        select distinct company_id, date_trunc('week', sale_date)::date as week_start_date, product_id
        from {{ ref('fct_sales_daily') }}
    ) as sold
    group by company_id, week_start_date
),

baskets as (
    select company_id, week_start_date, count(*) as transaction_count
    from (
        select distinct company_id, date_trunc('week', sale_date)::date as week_start_date, transaction_id
        from {{ ref('fct_sales_lines') }}
    ) as transactions
    group by company_id, week_start_date
),

stock as (
    select
        company_id,
        week_start_date,
        count(*) filter (where closing_on_hand_quantity is not null) as stocked_item_count,
        sum(closing_on_hand_amount) as closing_stock_amount,
        sum(cost_amount) as stocked_cost_amount,
        avg(sum(average_on_hand_amount)) over last_13 as average_stock_13w_amount,
        sum(sum(cost_amount)) over last_13 as cost_13w_amount,
        count(*) over last_13 as weeks_in_window
    from {{ ref('fct_demand_weekly') }}
    group by company_id, week_start_date
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

ordered as (
    select
        company_id,
        date_trunc('week', order_date)::date as week_start_date,
        sum(line_amount) as ordered_amount
    from {{ ref('fct_purchase_order_lines') }}
    group by company_id, date_trunc('week', order_date)
),

due as (
    select
        lines.company_id,
        date_trunc('week', lines.due_date)::date as week_start_date,
        count(*) as lines_due_count,
        count(*) filter (
            where lines.last_receipt_date <= lines.due_date + companies.late_days
        ) as lines_on_time_count
    from {{ ref('fct_purchase_order_lines') }} as lines
    inner join companies on lines.company_id = companies.company_id
    where coalesce(lines.status, 'open') not in ('cancelled', 'rejected', 'draft')
    group by lines.company_id, date_trunc('week', lines.due_date)
),

recorded as (
    -- Punctuality is known only for companies whose sources record receipts.
    select distinct company_id from {{ ref('fct_receipts') }}
)

select
    sales.company_id,
    sales.week_start_date,
    sales.currency,
    sales.net_sales_amount::numeric(18, 4) as net_sales_amount,
    -- The week in which the data begin is a part of a week: nothing is compared with it.
    case
        when lag(sales.first_sale_date) over by_week = lag(sales.week_start_date) over by_week
            then sales.net_sales_amount / nullif(lag(sales.net_sales_amount) over by_week, 0) - 1
    end::numeric(12, 6) as net_sales_growth_pct,
    sales.gross_sales_amount::numeric(18, 4) as gross_sales_amount,
    sales.discount_amount::numeric(18, 4) as discount_amount,
    sales.gross_margin_amount::numeric(18, 4) as gross_margin_amount,
    sales.costed_net_amount::numeric(18, 4) as costed_net_sales_amount,
    (sales.gross_margin_amount / nullif(sales.costed_net_amount, 0))::numeric(12, 6) as gross_margin_pct,
    baskets.transaction_count::integer as transaction_count,
    (sales.net_sales_amount / nullif(baskets.transaction_count, 0))::numeric(18, 4) as average_basket_amount,
    selling_products.selling_product_count::integer as selling_product_count,
    stock.stocked_item_count::integer as stocked_item_count,
    stock.closing_stock_amount::numeric(18, 4) as closing_stock_amount,
    (stock_days.stockout_item_days / nullif(stock_days.item_days, 0)::numeric)::numeric(9, 6) as stockout_pct,
    (stock.cost_13w_amount / nullif(stock.average_stock_13w_amount, 0) * 52 / stock.weeks_in_window)::numeric(
        18, 4
    ) as turnover_cost,
    ordered.ordered_amount::numeric(18, 4) as ordered_amount,
    due.lines_due_count::integer as lines_due_count,
    case
        when recorded.company_id is not null
            then (due.lines_on_time_count / nullif(due.lines_due_count, 0)::numeric)
    end::numeric(9, 6) as supplier_on_time_pct
from sales
inner join companies
    on sales.company_id = companies.company_id and sales.week_start_date <= companies.last_complete_week_date
left join selling_products
    on sales.company_id = selling_products.company_id and sales.week_start_date = selling_products.week_start_date
left join baskets
    on sales.company_id = baskets.company_id and sales.week_start_date = baskets.week_start_date
left join stock
    on sales.company_id = stock.company_id and sales.week_start_date = stock.week_start_date
left join stock_days
    on sales.company_id = stock_days.company_id and sales.week_start_date = stock_days.week_start_date
left join ordered
    on sales.company_id = ordered.company_id and sales.week_start_date = ordered.week_start_date
left join due
    on sales.company_id = due.company_id and sales.week_start_date = due.week_start_date
left join recorded on sales.company_id = recorded.company_id
window by_week as (partition by sales.company_id order by sales.week_start_date)
