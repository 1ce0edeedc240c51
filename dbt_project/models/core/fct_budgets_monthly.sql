-- Grain: one row per company, month, category and place. Rows of category or place ALL are totals beside their parts.
-- Non-additive: rates and turnover_ratio; amounts over rows of ALL and their parts; stock_amount over months.
select
    {{ surrogate_key(['company_id', 'budget_month', 'category', 'location_id']) }} as budget_key,
    {{ date_key('budget_month') }} as date_key,
    company_id,
    category,
    location_id,
    category = 'ALL' as is_all_categories,
    location_id = 'ALL' as is_all_locations,
    currency,
    uom,
    net_sales_amount,
    margin_amount,
    stock_amount,
    open_to_buy_amount,
    sales_quantity,
    service_level_pct,
    otif_pct,
    return_rate_pct,
    turnover_ratio,
    budget_month as month_start_date,
    (budget_month + interval '1 month' - interval '1 day')::date as month_end_date
from {{ ref('stg_budgets') }}
