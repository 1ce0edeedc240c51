select *
from {{ source('plan', 'alerts') }} as outputs
where {{ was_known('outputs', 'evaluated_at') }}
