-- depends_on: {{ ref('int_transactions_scored') }}
{{ config(materialized='table') }}

{{ reopened_dates(
    ref('stg_sales_lines_affected_dates'),
    fact='fct_sales_lines',
    date_column='sale_date',
    members=[
        {'dimension': ref('dim_product'), 'entity': 'products', 'natural': 'product_id', 'key': 'product_key'},
        {'dimension': ref('dim_location'), 'entity': 'locations', 'natural': 'location_id', 'key': 'location_key'},
        {'dimension': ref('dim_customer'), 'entity': 'customers', 'natural': 'customer_id', 'key': 'customer_key'},
        {
            'dimension': ref('dim_promotion'), 'entity': 'promotions', 'natural': 'promotion_id', 'key': 'promotion_key',
            'is_type_2': false,
        },
    ]
) }}

-- Days whose verdicts are no longer those that the fact was made with.
{%- set known = existing_fact('fct_suspect_transactions') | trim %}
{% if known %}
union

select
    company_id,
    sale_date
from (
    (
        select company_id, transaction_id, sale_date from {{ ref('int_transactions_scored') }}
        where is_suspect
        except
        select company_id, transaction_id, sale_date from {{ known }}
        where is_suspect
    )
    union all
    (
        select company_id, transaction_id, sale_date from {{ known }}
        where is_suspect
        except
        select company_id, transaction_id, sale_date from {{ ref('int_transactions_scored') }}
        where is_suspect
    )
) as changed
{% endif %}
