{{ config(materialized='table') }}

-- The months of a company since its first record of any area, the current one so far.
with policies as (
    select * from {{ ref('int_company_policies') }}
),

activity as (
    select company_id, first_date, first_date as first_day
    from (
        -- The first entry of an index each: a minimum over groups reads all there is.
        select
            company_id,
            (
                select min(sale_date)
                from {{ ref('fct_sales_daily') }} as sales
                where sales.company_id = policies.company_id
            ) as first_date
        from policies
        union all
        select
            company_id,
            (
                select min(inventory_date)
                from {{ ref('fct_inventory_daily') }} as inventory
                where inventory.company_id = policies.company_id
            ) as first_date
        from policies
    ) as days
    where first_date is not null

    -- Whether the first month of these is whole is not known.
    union all

    select company_id, min(month_start_date) as first_date, null as first_day
    from {{ ref('int_purchasing_months') }}
    group by company_id

    union all

    select company_id, min(month_start_date) as first_date, null as first_day
    from {{ ref('int_shipments_judged') }}
    group by company_id

    union all

    select company_id, min(month_start_date) as first_date, null as first_day
    from {{ ref('int_order_fulfillment_monthly') }}
    group by company_id

    union all

    select company_id, date_trunc('month', min(business_date))::date as first_date, null as first_day
    from {{ ref('stg_batches') }}
    group by company_id
),

beginnings as (
    select company_id, min(first_date) as first_date, min(first_day) as first_day
    from activity
    group by company_id
)

select
    policies.company_id,
    policies.currency,
    month::date as month_start_date,
    least((month + interval '1 month')::date - 1, policies.business_date) as closing_date,
    -- The month in which sales and stock begin is a part of one, unless they begin on its first day.
    (month + interval '1 month')::date - 1 <= policies.business_date
    and coalesce(beginnings.first_day <= month or beginnings.first_day >= month + interval '1 month', true)
        as is_complete_month,
    (
        (least((month + interval '1 month')::date - 1, policies.business_date) - month::date + 1)
        / extract(day from month + interval '1 month' - interval '1 day')
    )::numeric(9, 6) as elapsed_share
from policies
inner join beginnings on policies.company_id = beginnings.company_id
cross join lateral generate_series(
    date_trunc('month', beginnings.first_date), policies.business_date, interval '1 month'
) as month
