{{ config(materialized='table') }}

-- Months with a budget whose closing day a build touches, and those whose stock was stated at another day, in another
-- currency, or without a budget. The rows say so themselves, so that a build which broke off loses nothing.
{%- set existing = existing_table('intermediate', 'int_stock_budgeted_monthly') | trim %}

select months.company_id, months.month_start_date as affected_date
from {{ ref('int_budget_months') }} as months
inner join {{ ref('int_inventory_dates_affected') }} as days
    on months.company_id = days.company_id and months.closing_date = days.affected_date
{% if existing %}
union

select company_id, month_start_date as affected_date
from {{ ref('int_budget_months') }} as months
full join (
    select distinct company_id, month_start_date, closing_date, currency from {{ existing }}
) as made using (company_id, month_start_date)
where (months.closing_date is distinct from made.closing_date) or (months.currency is distinct from made.currency)
{% endif %}
