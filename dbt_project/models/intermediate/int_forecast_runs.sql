-- Every forecast kept, with the newest run of each business date marked: champions may change within a day.
with predictions as (
    select * from {{ ref('stg_demand_forecast_predictions') }}
),

runs as (
    select company_id, scenario_id, business_date, model_version, max(predicted_at) as predicted_at
    from predictions
    group by company_id, scenario_id, business_date, model_version
),

ordered as (
    select
        *,
        row_number() over (
            partition by company_id, scenario_id, business_date order by predicted_at desc, model_version asc
        ) as place_of_date,
        lead(predicted_at) over (
            partition by company_id, scenario_id order by business_date asc, predicted_at asc, model_version desc
        ) as superseded_at,
        max(business_date) over (partition by company_id, scenario_id) as last_business_date
    from runs
)

select
    predictions.*,
    ordered.superseded_at,
    ordered.place_of_date = 1 as is_newest_of_date,
    ordered.place_of_date = 1 and predictions.business_date = ordered.last_business_date as is_latest_run
from predictions
inner join ordered using (company_id, scenario_id, business_date, model_version)
