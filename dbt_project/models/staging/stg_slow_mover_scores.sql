select *
from {{ source('ml', 'slow_mover_scores') }} as outputs
where {{ was_known('outputs', 'predicted_at') }}
