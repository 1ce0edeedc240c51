{% if var('publication_id') -%}
select
    publications.company_id,
    policies.key as policy_name,
    policies.value as policy_value
from {{ published_inputs() }} as publications
cross join lateral jsonb_each_text(publications.policies) as policies
{%- else -%}
select
    company_id,
    policy_name,
    policy_value
from {{ source('ops', 'policies') }}
{%- endif %}
