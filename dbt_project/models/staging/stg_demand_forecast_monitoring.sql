select *
from {{ source('ml', 'demand_forecast_monitoring') }} as outputs
where {{ was_known('outputs', 'monitored_at') }}
