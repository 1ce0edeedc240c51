{{ config(materialized='table') }}

-- Whose sales lines take nothing back keeps its returns elsewhere, as documents, or not at all: that is no rate of zero. Of who
-- keeps documents, the negative lines are voids at the till, or the same returns again, and no rate either.
select distinct company_id
from {{ ref('int_sales_categories_monthly') }}
where has_returns and company_id not in (select returns.company_id from {{ ref('fct_returns') }} as returns)
