-- Grain: one row per company, month, category and place with a budget. Rows of category or place ALL are totals beside their parts.
-- Non-additive: rates; amounts over rows of ALL and their parts; stock amounts over months.
with budgets as (
    select * from {{ ref('fct_budgets_monthly') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

sales as (
    select * from {{ ref('int_sales_budgeted_monthly') }}
),

-- A company without any sale in a month was not there yet, which is no sale of zero.
known as (
    select * from sales
    where category = 'ALL' and location_id = 'ALL'
),

compared as (
    select
        budgets.*,
        policies.business_date,
        policies.minimum_costed_share,
        -- Amounts in another currency are not compared: nobody tells how to convert.
        budgets.currency = policies.currency as is_comparable,
        case when this_known.company_id is not null then coalesce(this_year.net_sales_amount, 0) end as actual_amount,
        this_year.margin_amount as actual_margin_amount,
        this_year.costed_net_sales_amount / nullif(this_year.net_sales_amount, 0) as costed_share,
        case when budgets.uom = this_year.uom then this_year.sales_quantity end as actual_quantity,
        case when last_known.company_id is not null then coalesce(last_year.net_sales_amount, 0) end as last_year_amount,
        stock.stock_amount as actual_stock_amount
    from budgets
    inner join policies on budgets.company_id = policies.company_id
    left join sales as this_year
        on
            budgets.company_id = this_year.company_id
            and budgets.month_start_date = this_year.month_start_date
            and budgets.category = this_year.category
            and budgets.location_id = this_year.location_id
    left join sales as last_year
        on
            budgets.company_id = last_year.company_id
            and (budgets.month_start_date - interval '1 year')::date = last_year.month_start_date
            and budgets.category = last_year.category
            and budgets.location_id = last_year.location_id
    left join known as this_known
        on budgets.company_id = this_known.company_id and budgets.month_start_date = this_known.month_start_date
    left join known as last_known
        on
            budgets.company_id = last_known.company_id
            and (budgets.month_start_date - interval '1 year')::date = last_known.month_start_date
    left join {{ ref('int_stock_budgeted_monthly') }} as stock
        on
            budgets.company_id = stock.company_id
            and budgets.month_start_date = stock.month_start_date
            and budgets.category = stock.category
            and budgets.location_id = stock.location_id
)

select
    company_id,
    month_start_date,
    category,
    location_id,
    currency,
    month_end_date <= business_date as is_complete_month,
    least(greatest(business_date - month_start_date + 1, 0) / (month_end_date - month_start_date + 1)::numeric, 1)::numeric(
        9, 6
    ) as elapsed_pct,
    net_sales_amount as budget_net_sales_amount,
    case when is_comparable then actual_amount end::numeric(18, 4) as net_sales_amount,
    case when is_comparable then last_year_amount end::numeric(18, 4) as last_year_net_sales_amount,
    case when is_comparable then actual_amount / nullif(net_sales_amount, 0) end::numeric(18, 6) as attainment_pct,
    case when is_comparable then actual_amount - net_sales_amount end::numeric(18, 4) as net_sales_variance_amount,
    (actual_amount / nullif(last_year_amount, 0) - 1)::numeric(18, 6) as net_sales_growth_pct,
    margin_amount as budget_margin_amount,
    case when is_comparable then actual_margin_amount end::numeric(18, 4) as margin_amount,
    case when is_comparable then costed_share end::numeric(18, 6) as costed_share_pct,
    -- The budget is for all sales: a margin of part of them attains nothing.
    case
        when is_comparable and costed_share >= minimum_costed_share then actual_margin_amount / nullif(margin_amount, 0)
    end::numeric(18, 6) as margin_attainment_pct,
    stock_amount as budget_stock_amount,
    case when is_comparable then actual_stock_amount end::numeric(18, 4) as stock_amount,
    uom,
    sales_quantity as budget_sales_quantity,
    actual_quantity::numeric(18, 4) as sales_quantity
from compared
