-- Grain: one row per calendar day.
with days as (
    select day::date as date_day
    from
        generate_series(
            '{{ var("calendar_start_date") }}'::date, '{{ var("calendar_end_date") }}'::date, interval '1 day'
        ) as day
),

holidays as (
    select
        holiday_date,
        string_agg(holiday_name, ', ' order by holiday_name) filter (
            where calendar_code = '{{ var("calendar_country") }}'
        ) as holiday_name,
        string_agg(holiday_name, ', ' order by holiday_name) filter (
            where calendar_code = 'CHINESE_FESTIVALS'
        ) as chinese_festival_name,
        string_agg(holiday_name, ', ' order by holiday_name) filter (
            where calendar_code = 'SHOPPING_DAYS'
        ) as shopping_day_name
    from {{ ref('stg_holidays') }}
    group by holiday_date
),

fiscal as (
    select
        date_day,
        -- The fiscal year is named after the calendar year in which it ends, unless it begins in January.
        extract(
            year from date_day - make_interval(months => {{ var('fiscal_year_start_month') }} - 1)
        )::integer{{ ' + 1' if var('fiscal_year_start_month') != 1 }} as fiscal_year,
        date_trunc('year', date_day - make_interval(months => {{ var('fiscal_year_start_month') }} - 1))
        + make_interval(months => {{ var('fiscal_year_start_month') }} - 1) as fiscal_year_start
    from days
)

select
    {{ date_key('days.date_day') }} as date_key,
    days.date_day,
    date_trunc('week', days.date_day)::date as week_start_date,
    extract(isoyear from days.date_day)::integer as iso_year,
    extract(week from days.date_day)::integer as iso_week,
    extract(isodow from days.date_day)::integer as iso_weekday,
    to_char(days.date_day, 'FMDay') as weekday_name,
    date_trunc('month', days.date_day)::date as month_start_date,
    extract(year from days.date_day)::integer as calendar_year,
    extract(quarter from days.date_day)::integer as calendar_quarter,
    extract(month from days.date_day)::integer as calendar_month,
    fiscal.fiscal_year,
    ((days.date_day - fiscal.fiscal_year_start::date) / 7 + 1)::integer as fiscal_week,
    extract(isodow from days.date_day) in (6, 7) as is_weekend,
    holidays.holiday_name is not null as is_holiday,
    holidays.holiday_name,
    holidays.chinese_festival_name,
    holidays.shopping_day_name
from days
inner join fiscal on days.date_day = fiscal.date_day
left join holidays on days.date_day = holidays.holiday_date
