-- Models add up amounts in the company's currency: another one in the sources would be added without conversion, and refunds
-- left out.
{{ config(severity='warn') }}

-- depends_on: {{ ref('int_inventory_dates_affected') }}
with currencies as (
    select distinct company_id, currency from {{ ref('int_sales_categories_daily') }}
    union
    select distinct company_id, currency from {{ ref('fct_inventory_daily') }}
    {% if of_a_build() -%}
    where (company_id, inventory_date) in (
        select company_id, affected_date from {{ ref('int_inventory_dates_affected') }}
    )
    {%- endif %}
    union
    select distinct company_id, currency from {{ ref('fct_purchase_order_lines') }}
    union
    select distinct company_id, currency from {{ ref('fct_returns') }}
    where refund_amount is not null
)

select
    currencies.company_id,
    currencies.currency
from currencies
inner join {{ ref('int_company_policies') }} as policies
    on currencies.company_id = policies.company_id and currencies.currency <> policies.currency
