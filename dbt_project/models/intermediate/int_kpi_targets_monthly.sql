-- A budget of the whole company goes before a threshold of policy.yml, which holds for every month.
with budgets as (
    select
        budgets.company_id,
        budgets.month_start_date,
        targets.kpi_id,
        targets.target
    from {{ ref('fct_budgets_monthly') }} as budgets
    inner join {{ ref('int_company_policies') }} as policies
        on budgets.company_id = policies.company_id and budgets.currency = policies.currency
    cross join lateral (
        values
        ('net_sales_amount', budgets.net_sales_amount),
        ('gross_margin_amount', budgets.margin_amount),
        ('gross_margin_pct', budgets.margin_amount / nullif(budgets.net_sales_amount, 0)),
        ('closing_stock_amount', budgets.stock_amount),
        ('turnover_cost', budgets.turnover_ratio),
        ('customer_otif_pct', budgets.otif_pct),
        ('return_pct', budgets.return_rate_pct)
    ) as targets (kpi_id, target)
    where budgets.is_all_categories and budgets.is_all_locations and targets.target is not null
),

stated as (
    select
        months.company_id,
        months.month_start_date,
        targets.key as kpi_id,
        targets.value::numeric as target
    from {{ ref('int_company_policies') }} as policies
    inner join {{ ref('int_company_months') }} as months on policies.company_id = months.company_id
    cross join lateral jsonb_each_text(policies.kpi_targets) as targets
),

costed as (
    select
        margins.company_id,
        margins.month_start_date,
        margins.denominator / nullif(sales.numerator, 0) >= policies.minimum_costed_share as is_costed
    from {{ ref('int_kpi_sales_monthly') }} as margins
    inner join {{ ref('int_kpi_sales_monthly') }} as sales
        on
            margins.company_id = sales.company_id
            and margins.month_start_date = sales.month_start_date
            and sales.kpi_id = 'net_sales_amount'
    inner join {{ ref('int_company_policies') }} as policies on margins.company_id = policies.company_id
    where margins.kpi_id = 'gross_margin_pct'
)

select
    company_id,
    month_start_date,
    kpi_id,
    coalesce(budgets.target, stated.target)::numeric(24, 6) as target,
    case when budgets.target is not null then 'budget' else 'policy' end as target_source,
    -- The margin of part of the sales is not held against a target for all of them; a rate has the same base throughout.
    kpi_id <> 'gross_margin_amount' or coalesce(costed.is_costed, false) as is_comparable
from budgets
full join stated using (company_id, month_start_date, kpi_id)
left join costed using (company_id, month_start_date)
