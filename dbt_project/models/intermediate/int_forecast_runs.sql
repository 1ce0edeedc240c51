-- Every forecast kept, with the newest run of each business date marked: champions may change within a day.
{{ config(tags=['after_ml']) }}

select
    predictions.*,
    ranked.superseded_at,
    ranked.is_newest_of_date,
    ranked.is_latest_run
from {{ ref('stg_demand_forecast_predictions') }} as predictions
inner join {{ ref('int_forecast_runs_ranked') }} as ranked
    using (company_id, scenario_id, business_date, model_version)
