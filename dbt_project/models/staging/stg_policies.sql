select
    company_id,
    policy_name,
    policy_value
from {{ source('ops', 'policies') }}
