-- The list of policy supply_risk.weights, which is kept as JSON: each entry holds until the next begins.
with policies as (
    select * from {{ ref('stg_policies') }}
    where policy_name = 'supply_risk.weights'
)

select
    policies.company_id,
    (entry.value ->> 'effective_from')::date as effective_from,
    coalesce(
        lead((entry.value ->> 'effective_from')::date) over (
            partition by policies.company_id order by (entry.value ->> 'effective_from')::date
        ), date '9999-12-31'
    ) as effective_to,
    {% for factor in ['lead_time', 'lateness', 'lateness_trend', 'concentration', 'price', 'logistics', 'overdue'] -%}
    (entry.value ->> '{{ factor }}')::numeric as {{ factor }}_weight{{ ',' if not loop.last }}
    {% endfor %}
from policies
cross join lateral jsonb_array_elements(policies.policy_value::jsonb) as entry
