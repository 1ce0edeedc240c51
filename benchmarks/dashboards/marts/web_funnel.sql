-- How far did visitors of the web shop come over four weeks, by device?
select
    device,
    sum(session_count) as session_count,
    sum(search_session_count) as search_session_count,
    sum(view_session_count) as view_session_count,
    sum(cart_session_count) as cart_session_count,
    sum(signed_in_session_count) as signed_in_session_count
from marts.mart_web_funnel_daily
where company_id = %(company)s and event_date >= %(week)s - 21 and event_date < %(week)s + 7
group by device
order by device
