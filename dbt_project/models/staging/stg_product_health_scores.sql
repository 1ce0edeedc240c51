select *
from {{ source('ml', 'product_health_scores') }} as outputs
where {{ was_known('outputs', 'predicted_at') }}
