{{ config(materialized='table') }}

-- Months with a changed figure of stock or sales, and the two that follow: lost sales are estimated from three months. All
-- months of a company that shows something else of its places, or whose sales are served by others.
with touched as (
    select company_id, affected_date from {{ ref('int_inventory_months_affected') }}
    union all
    select company_id, affected_date from {{ ref('int_served_months_affected') }}
    union all
    select company_id, month_start_date from {{ ref('int_inventory_monthly') }}
    where
        company_id in (
            select company_id from {{ ref('int_stockout_products_affected') }}
            where product_id is null and is_redone
        )
),

months as (
    select distinct company_id, date_trunc('month', affected_date)::date as month_start_date
    from touched
)

select distinct
    months.company_id,
    (months.month_start_date + make_interval(months => later.months))::date as affected_date
from months
cross join (values (0), (1), (2)) as later (months)
