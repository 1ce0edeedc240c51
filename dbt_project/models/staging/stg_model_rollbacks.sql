select *
from {{ source('ml', 'model_rollbacks') }} as outputs
where {{ was_known('outputs', 'rolled_back_at') }}
