select *
from {{ source('ml', 'model_registry') }}
