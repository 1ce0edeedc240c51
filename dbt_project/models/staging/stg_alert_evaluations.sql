select *
from {{ source('plan', 'alert_evaluations') }} as outputs
where {{ was_known('outputs', 'evaluated_at') }}
