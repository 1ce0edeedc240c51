select
    carrier_id,
    direction,
    count(*) as shipments_due_count,
    count(*) filter (where delivered_date <= promised_date and status <> 'lost') as shipments_on_time_count,
    count(*) filter (where status = 'lost') as shipments_lost_count,
    sum(freight_amount) as freight_amount
from core.fct_shipments
where
    company_id = %(company)s
    and status <> 'cancelled'
    and promised_date >= (%(month)s - interval '11 months')::date
    and promised_date < (%(month)s + interval '1 month')::date
    and promised_date <= %(day)s
group by carrier_id, direction
order by carrier_id, direction
