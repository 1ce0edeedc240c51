select *
from {{ source('plan', 'alert_signals') }} as outputs
where {{ was_known('outputs', 'evaluated_at') }}
