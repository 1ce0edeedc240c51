select *
from {{ source('ml', 'demand_forecast_predictions') }}
