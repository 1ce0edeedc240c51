{{ latest_version(
    'calendars',
    key=['calendar_id', 'calendar_date'],
    columns=[
        'calendar_id',
        'calendar_date',
        'is_open',
        'is_holiday',
        'holiday_name',
        'is_school_holiday',
        'is_payday',
    ]
) }}
