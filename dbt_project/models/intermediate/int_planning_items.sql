{{ config(materialized='table') }}

-- A planning item begins with its first sale or stock.
select
    company_id,
    product_id,
    planning_location_id,
    min(week_start_date) as first_week_date
from (
    select company_id, product_id, planning_location_id, week_start_date from {{ ref('int_sales_weekly') }}
    union all
    select company_id, product_id, planning_location_id, week_start_date from {{ ref('int_inventory_weekly') }}
) as activity
group by company_id, product_id, planning_location_id
