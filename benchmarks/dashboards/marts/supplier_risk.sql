-- Which suppliers are a risk, and what for?
select
    supplier_id,
    supplier_name,
    risk_index,
    risk_level,
    lead_time_points,
    lateness_points,
    concentration_points,
    price_points,
    overdue_points,
    overdue_amount
from marts.mart_supply_risk_monthly
where company_id = %(company)s and month_start_date = %(month)s
order by risk_index desc nulls last, supplier_id
limit 20
