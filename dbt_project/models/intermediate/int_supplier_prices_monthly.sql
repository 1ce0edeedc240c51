{{ config(materialized='table') }}

-- How much a supplier's prices move, and what they cost beyond what was expected. Months are compared rather than lines, so
-- that many small orders weigh no more.
with prices as (
    select * from {{ ref('int_purchase_prices_monthly') }}
)

select
    company_id,
    supplier_id,
    month_start_date,
    (
        sum(price_cv * year_quantity) / nullif(sum(year_quantity) filter (where price_cv is not null), 0)
    )::numeric(9, 6) as price_cv,
    case when count(distinct currency) = 1 then min(currency) end as currency,
    {% for measure in ['standard_variance_amount', 'contract_amount', 'contract_variance_amount'] -%}
    -- Amounts of several currencies have no sum.
    case when count(distinct currency) = 1 then sum({{ measure }}) end::numeric(18, 4) as {{ measure }}{{ ',' if not loop.last }}
    {% endfor %}
from prices
group by company_id, supplier_id, month_start_date
