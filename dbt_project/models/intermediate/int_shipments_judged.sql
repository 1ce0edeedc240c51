-- What was due up to the business date: what is promised for later is not late yet.
with shipments as (
    select * from {{ ref('fct_shipments') }}
    where status <> 'cancelled'
),

policies as (
    select * from {{ ref('int_company_policies') }}
)

select
    shipments.*,
    date_trunc('month', shipments.promised_date)::date as month_start_date,
    case
        -- It never arrives.
        when shipments.status = 'lost' then false
        when shipments.delivered_date <= shipments.promised_date + policies.carrier_late_days then true
        when policies.business_date > shipments.promised_date + policies.carrier_late_days then false
    end as is_on_time
from shipments
inner join policies
    on shipments.company_id = policies.company_id and shipments.promised_date <= policies.business_date
