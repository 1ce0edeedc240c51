with companies as (
    select * from {{ source('ops', 'companies') }}
),

batches as (
    select * from {{ source('ops', 'batches') }}
),

business_dates as (
    select
        company_id,
        max(business_date) as business_date
    from batches
    where gate_status in ('passed', 'released')
    group by company_id
)

select
    companies.company_id,
    companies.company_name,
    companies.currency,
    companies.timezone,
    companies.country_code,
    business_dates.business_date,
    -- The week of the business date counts as complete on its Sunday only.
    (date_trunc('week', business_dates.business_date + 1) - interval '7 days')::date as last_complete_week_date
from companies
inner join business_dates using (company_id)
