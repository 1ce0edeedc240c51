select
    calendar_code,
    holiday_date,
    holiday_name
from {{ source('ops', 'holidays') }}
