select *
from {{ source('ml', 'demand_forecast_predictions') }} as outputs
where {{ was_known('outputs', 'predicted_at') }}
