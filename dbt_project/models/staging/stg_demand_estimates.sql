select *
from {{ source('ml', 'demand_estimates') }} as outputs
where {{ was_known('outputs', 'estimated_at') }}
