select *
from {{ source('plan', 'alert_episodes') }} as outputs
where {{ was_known('outputs', 'raised_at') }}
