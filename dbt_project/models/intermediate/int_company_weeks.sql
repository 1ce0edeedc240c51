{{ config(materialized='table') }}

with policies as (
    select * from {{ ref('int_company_policies') }}
),

-- The first entry of an index each: a minimum over groups reads all there is.
beginnings as (
    select
        company_id,
        least(
            (
                select min(sale_date)
                from {{ ref('fct_sales_daily') }} as sales
                where sales.company_id = policies.company_id
            ),
            (
                select min(inventory_date)
                from {{ ref('fct_inventory_daily') }} as inventory
                where inventory.company_id = policies.company_id
            )
        ) as first_date
    from policies
)

select
    policies.company_id,
    week::date as week_start_date,
    least(week::date + 6, policies.business_date) as closing_date,
    least(week::date, policies.last_complete_week_date) as trailing_week_date,
    week::date >= beginnings.first_date and week::date + 6 <= policies.business_date as is_complete_week
from policies
inner join beginnings on policies.company_id = beginnings.company_id
cross join lateral generate_series(
    date_trunc('week', beginnings.first_date), policies.business_date, interval '7 days'
) as week
