-- The newest estimate of each week: a later run knows late sales and stock records.
select distinct on (company_id, product_id, planning_location_id, week_start_date)
    company_id,
    product_id,
    planning_location_id,
    week_start_date,
    demand_est_quantity,
    method as demand_est_method
from {{ ref('stg_demand_estimates') }}
order by
    company_id asc, product_id asc, planning_location_id asc, week_start_date asc, business_date desc
