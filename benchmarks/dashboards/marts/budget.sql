-- How do sales of a category stand against its budget, month by month over a year?
select
    month_start_date,
    location_id,
    budget_net_sales_amount,
    net_sales_amount,
    attainment_pct,
    margin_amount,
    net_sales_growth_pct
from marts.mart_budget_monthly
where
    company_id = %(company)s
    and category = %(category)s
    and month_start_date >= (%(month)s - interval '11 months')::date
    and month_start_date <= %(month)s
order by month_start_date, location_id
