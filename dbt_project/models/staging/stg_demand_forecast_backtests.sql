select *
from {{ source('ml', 'demand_forecast_backtests') }} as outputs
where {{ was_known('outputs', 'evaluated_at') }}
