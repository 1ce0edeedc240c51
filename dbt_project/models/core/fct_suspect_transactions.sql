-- Grain: one row per company, transaction and day with any evidence of being fake; a transaction usually has one day.
-- Non-additive: scores.
-- The state that fct_sales_lines was last made with: the next build compares, so this comes after it.
-- depends_on: {{ ref('fct_sales_lines') }}
{{ config(indexes=[{'columns': ['company_id', 'sale_date']}]) }}

with scored as (
    select * from {{ ref('int_transactions_scored') }}
)

select
    {{ date_key('sale_date') }} as date_key,
    company_id,
    transaction_id,
    sale_date,
    location_id,
    burst_score,
    shared_score,
    price_score,
    return_score,
    score,
    is_suspect,
    main_reason,
    reasons
from scored
