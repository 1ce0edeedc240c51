-- A table, so that what joins it knows how many rows to expect: estimated at one, the accuracy of a few runs took minutes.
{{ config(tags=['after_ml'], materialized='table') }}

with runs as (
    select company_id, scenario_id, business_date, model_version, max(predicted_at) as predicted_at
    from {{ ref('stg_demand_forecast_predictions') }}
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
    company_id,
    scenario_id,
    business_date,
    model_version,
    superseded_at,
    place_of_date = 1 as is_newest_of_date,
    place_of_date = 1 and business_date = last_business_date as is_latest_run
from ordered
