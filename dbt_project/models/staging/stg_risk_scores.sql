select *
from {{ source('plan', 'risk_scores') }} as outputs
where {{ was_known('outputs', 'evaluated_at') }}
