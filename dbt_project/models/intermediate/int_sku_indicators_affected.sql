-- depends_on: {{ ref('int_forecast_levels') }}
{{ config(materialized='table', tags=['after_ml']) }}

-- Planning items to redo, from the last complete week on, because its forecast has come since, or from the first week whose
-- forecast was made after the last publication.
with published as (
    select
        company_id,
        max(published_at) as published_at
    from {{ source('ops', 'publications') }}
    where not is_partial
    group by company_id
),

forecasts as (
    select
        predictions.company_id,
        min({{ last_complete_week('predictions.business_date') }}) as from_date
    from {{ ref('stg_demand_forecast_predictions') }} as predictions
    left join published on predictions.company_id = published.company_id
    where published.published_at is null or predictions.predicted_at > published.published_at
    group by predictions.company_id
)

select
    items.company_id,
    items.product_id,
    items.planning_location_id,
    items.first_week_date,
    least(items.company_from_date, policies.last_complete_week_date, forecasts.from_date) as company_from_date,
    least(items.from_date, policies.last_complete_week_date, forecasts.from_date) as from_date
from {{ ref('int_planning_items_affected') }} as items
inner join {{ ref('int_company_policies') }} as policies on items.company_id = policies.company_id
left join forecasts on items.company_id = forecasts.company_id
