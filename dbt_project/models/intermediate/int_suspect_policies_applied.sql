-- depends_on: {{ ref('int_transactions_scored') }}
{{ config(materialized='table') }}

select
    policies.company_id,
    {{ suspect_thresholds('policies') }} as thresholds_hash
from {{ ref('int_company_policies') }} as policies
