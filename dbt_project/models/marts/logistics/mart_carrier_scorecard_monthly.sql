-- Grain: one row per company, carrier, service, direction and month of the promised date. Months without one have no row.
-- Non-additive: every rate and mean. A rate is null, never 100 %, where nothing was measured.
with judged as (
    select * from {{ ref('int_shipments_judged') }}
),

policies as (
    select * from {{ ref('int_company_policies') }}
),

summarized as (
    select
        company_id,
        carrier_id,
        service,
        direction,
        month_start_date,
        max(carrier_name) as carrier_name,
        count(*) as shipments_due_count,
        count(is_on_time) as shipments_measured_count,
        count(*) filter (where is_on_time) as shipments_on_time_count,
        count(delivered_date) as shipments_delivered_count,
        count(*) filter (where status = 'lost') as shipments_lost_count,
        count(is_damaged) as damage_known_count,
        count(*) filter (where is_damaged) as shipments_damaged_count,
        avg(late_days) filter (where late_days > 0) as late_days_mean,
        avg(transit_days) as transit_days_mean,
        stddev_samp(transit_days) as transit_days_sd,
        sum(weight_kg) as weight_kg,
        sum(freight_amount) as freight_amount,
        sum(freight_amount) filter (where weight_kg > 0) as weighed_freight_amount,
        sum(weight_kg) filter (where freight_amount is not null) as freighted_weight_kg,
        sum(claim_amount) as claim_amount,
        count(distinct currency) as currency_count,
        min(currency) as currency
    from judged
    group by company_id, carrier_id, service, direction, month_start_date
)

select
    summarized.company_id,
    summarized.carrier_id,
    summarized.carrier_name,
    summarized.service,
    summarized.direction,
    summarized.month_start_date,
    case when summarized.currency_count = 1 then summarized.currency end as currency,
    summarized.shipments_due_count::integer as shipments_due_count,
    summarized.shipments_measured_count::integer as shipments_measured_count,
    summarized.shipments_delivered_count::integer as shipments_delivered_count,
    summarized.shipments_on_time_count::integer as shipments_on_time_count,
    summarized.shipments_lost_count::integer as shipments_lost_count,
    case when summarized.damage_known_count > 0 then summarized.shipments_damaged_count end::integer
        as shipments_damaged_count,
    (summarized.shipments_on_time_count / nullif(summarized.shipments_measured_count, 0)::numeric)::numeric(9, 6)
        as on_time_pct,
    (summarized.shipments_damaged_count / nullif(summarized.damage_known_count, 0)::numeric)::numeric(9, 6)
        as damaged_pct,
    summarized.late_days_mean::numeric(9, 3) as late_days_mean,
    summarized.transit_days_mean::numeric(9, 3) as transit_days_mean,
    summarized.transit_days_sd::numeric(9, 3) as transit_days_sd,
    summarized.weight_kg::numeric(18, 4) as weight_kg,
    case when summarized.currency_count = 1 then summarized.freight_amount end::numeric(18, 4) as freight_amount,
    case
        when summarized.currency_count = 1
            then summarized.weighed_freight_amount / nullif(summarized.freighted_weight_kg, 0)
    end::numeric(18, 4) as freight_per_kg_amount,
    case when summarized.currency_count = 1 then summarized.claim_amount end::numeric(18, 4) as claim_amount,
    summarized.shipments_measured_count >= policies.carrier_minimum_shipments as is_sample_sufficient
from summarized
inner join policies using (company_id)
