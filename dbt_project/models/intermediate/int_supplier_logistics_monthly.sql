{{ config(materialized='table') }}

-- How late the carriers come that bring a supplier's goods, whoever's goods they carry: the supplier's own lateness is
-- judged by its order lines.
with monthly as (
    select
        company_id,
        supplier_id,
        carrier_id,
        service,
        month_start_date,
        count(*) as shipments,
        count(*) filter (where not is_on_time) as late
    from {{ ref('int_shipments_judged') }}
    -- What may still come in time says nothing yet.
    where direction = 'inbound' and is_on_time is not null
    group by company_id, supplier_id, carrier_id, service, month_start_date
),

months as (
    select * from {{ ref('int_purchasing_months') }}
),

trailing_year as (
    select
        months.company_id,
        months.month_start_date,
        monthly.supplier_id,
        sum(monthly.shipments) as shipments,
        sum(sum(monthly.late)) over carrier / sum(sum(monthly.shipments)) over carrier as carrier_late_share
    from months
    inner join monthly
        on
            months.company_id = monthly.company_id
            and monthly.month_start_date between months.year_start_date and months.month_start_date
    group by months.company_id, months.month_start_date, monthly.supplier_id, monthly.carrier_id, monthly.service
    window carrier as (
        partition by months.company_id, months.month_start_date, monthly.carrier_id, monthly.service
    )
)

select
    company_id,
    supplier_id,
    month_start_date,
    sum(shipments)::integer as inbound_shipments_count,
    (sum(shipments * carrier_late_share) / sum(shipments))::numeric(9, 6) as carrier_late_pct
from trailing_year
where supplier_id is not null
group by company_id, supplier_id, month_start_date
