-- Months with a budget that have begun, with the day at whose close their stock is stated.
select distinct
    budgets.company_id,
    budgets.month_start_date,
    policies.currency,
    least(budgets.month_end_date, policies.business_date) as closing_date
from {{ ref('fct_budgets_monthly') }} as budgets
inner join {{ ref('int_company_policies') }} as policies on budgets.company_id = policies.company_id
where budgets.month_start_date <= policies.business_date
