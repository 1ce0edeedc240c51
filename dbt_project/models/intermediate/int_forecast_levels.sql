-- Runs of one week share their last known week: the newest of them speaks for it.
{{ config(tags=['after_ml']) }}

with runs as (
    select
        company_id,
        product_id,
        planning_location_id,
        business_date,
        {{ last_complete_week('business_date') }} as last_known_week_date,
        avg(mean_quantity) as weekly_forecast_quantity
    from {{ ref('int_forecast_runs') }}
    where is_newest_of_date and scenario_id = 'base'
    group by company_id, product_id, planning_location_id, business_date
)

select distinct on (company_id, product_id, planning_location_id, last_known_week_date)
    company_id,
    product_id,
    planning_location_id,
    last_known_week_date,
    weekly_forecast_quantity
from runs
order by company_id asc, product_id asc, planning_location_id asc, last_known_week_date asc, business_date desc
