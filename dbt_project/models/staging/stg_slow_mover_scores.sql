select *
from {{ source('ml', 'slow_mover_scores') }}
