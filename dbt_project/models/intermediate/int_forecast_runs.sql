-- Every forecast kept, with the newest run of each business date marked: champions may change within a day.
with predictions as (
    select * from {{ ref('stg_demand_forecast_predictions') }}
),

newest as (
    select
        company_id,
        business_date,
        scenario_id,
        (array_agg(model_version order by predicted_at desc, model_version asc))[1] as model_version
    from predictions
    group by company_id, business_date, scenario_id
)

select
    predictions.*,
    predictions.model_version = newest.model_version as is_newest_of_date,
    predictions.business_date = max(predictions.business_date) over (
        partition by predictions.company_id, predictions.scenario_id
    ) and predictions.model_version = newest.model_version as is_latest_run
from predictions
inner join newest using (company_id, business_date, scenario_id)
