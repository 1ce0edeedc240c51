select
    device,
    count(*) as session_count,
    count(*) filter (where search_count > 0) as search_session_count,
    count(*) filter (where view_count > 0) as view_session_count,
    count(*) filter (where cart_count > 0) as cart_session_count,
    count(*) filter (where is_signed_in) as signed_in_session_count
from core.fct_web_sessions
where company_id = %(company)s and event_date >= %(week)s - 21 and event_date < %(week)s + 7
group by device
order by device
