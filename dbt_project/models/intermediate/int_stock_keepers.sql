{{ config(materialized='table') }}

-- Which place keeps which product. A table, for many ask, and the planner has to know how few rows there are.
select
    company_id,
    product_id,
    location_id,
    min(first_stock_date) as first_stock_date
from {{ ref('int_inventory_monthly') }}
group by company_id, product_id, location_id
