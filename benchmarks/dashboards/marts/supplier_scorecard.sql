-- How well did each supplier deliver what was due in a month, and where does it stand?
select
    supplier_id,
    supplier_name,
    lines_due_count,
    lines_on_time_count,
    lines_in_full_count,
    otif_pct,
    due_amount,
    score,
    standing,
    trend
from marts.mart_supplier_scorecard_monthly
where company_id = %(company)s and month_start_date = %(month)s
order by supplier_id
