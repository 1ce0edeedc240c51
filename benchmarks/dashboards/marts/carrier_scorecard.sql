-- How punctual was each carrier over twelve months, and what did it cost?
select
    carrier_id,
    direction,
    sum(shipments_due_count) as shipments_due_count,
    sum(shipments_on_time_count) as shipments_on_time_count,
    sum(shipments_lost_count) as shipments_lost_count,
    sum(freight_amount) as freight_amount
from marts.mart_carrier_scorecard_monthly
where
    company_id = %(company)s
    and month_start_date >= (%(month)s - interval '11 months')::date
    and month_start_date <= %(month)s
group by carrier_id, direction
order by carrier_id, direction
