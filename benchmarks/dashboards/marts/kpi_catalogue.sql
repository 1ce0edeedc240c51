-- Where does the company stand in a month, figure by figure?
select
    kpi_name,
    area,
    actual,
    target,
    previous_month_actual,
    year_ago_actual,
    trend_3m,
    status
from marts.mart_kpi_catalogue_monthly
where company_id = %(company)s and month_start_date = %(month)s
order by kpi_order
