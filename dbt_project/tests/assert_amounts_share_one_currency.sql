-- Weekly models add up amounts in the company's currency: another one in the sources would be added without conversion.
{{ config(severity='warn') }}

with currencies as (
    select distinct company_id, currency from {{ ref('fct_sales_daily') }}
    union
    select distinct company_id, currency from {{ ref('fct_inventory_daily') }}
    union
    select distinct company_id, currency from {{ ref('fct_purchase_order_lines') }}
)

select
    currencies.company_id,
    currencies.currency
from currencies
inner join {{ ref('int_company_policies') }} as policies
    on currencies.company_id = policies.company_id and currencies.currency <> policies.currency
