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
    -- Not there although due is late already, and a lost shipment never arrives.
    coalesce(
        shipments.delivered_date <= shipments.promised_date + policies.carrier_late_days
        and shipments.status <> 'lost', false
    ) as is_on_time
from shipments
inner join policies
    on shipments.company_id = policies.company_id and shipments.promised_date <= policies.business_date
