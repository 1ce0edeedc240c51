"""Holidays for the calendar: a company's country, Chinese festivals, and the shopping days of retail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import holidays
import psycopg

CHINESE_FESTIVALS = "CHINESE_FESTIVALS"
SHOPPING_DAYS = "SHOPPING_DAYS"
# The years of dim_date: calendar_start_date and calendar_end_date in dbt_project.yml.
CALENDAR_YEARS = range(2000, 2031)
# Public holidays of China that follow the lunar calendar or start a holiday week; bridging days are no festivals.
_FESTIVALS = ("Chinese New Year", "Tomb-Sweeping Day", "Dragon Boat Festival", "Mid-Autumn Festival", "National Day")


def write_holidays(connection: psycopg.Connection, country_code: str) -> None:
    """Replace the holidays of country_code and the two common calendars in ops.holidays.

    Args:
        connection: As role loader; the caller commits.
        country_code: ISO 3166 alpha-2 code.

    Raises:
        NotImplementedError: the library knows no calendar for country_code.
    """
    rows = [(country_code, day, name) for day, name in _country(country_code)]
    rows += [(CHINESE_FESTIVALS, day, name) for day, name in _chinese_festivals()]
    rows += [(SHOPPING_DAYS, day, name) for year in CALENDAR_YEARS for day, name in shopping_days(year)]
    # Two companies may be loaded at the same time, and both write the common calendars.
    connection.execute("lock table ops.holidays in share row exclusive mode")
    connection.execute(
        "delete from ops.holidays where calendar_code = any(%s)", [[country_code, CHINESE_FESTIVALS, SHOPPING_DAYS]]
    )
    with (
        connection.cursor() as cursor,
        cursor.copy("copy ops.holidays (calendar_code, holiday_date, holiday_name) from stdin") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def shopping_days(year: int) -> Iterator[tuple[date, str]]:
    """Yield the shopping days of a year; Black Friday follows Thanksgiving, the fourth Thursday of November."""
    first = date(year, 11, 1)
    thanksgiving = first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    yield date(year, 6, 18), "618"
    yield date(year, 11, 11), "Double 11"
    yield thanksgiving + timedelta(days=1), "Black Friday"
    yield thanksgiving + timedelta(days=4), "Cyber Monday"
    yield date(year, 12, 12), "Double 12"


def _country(country_code: str) -> Iterator[tuple[date, str]]:
    for day, names in holidays.country_holidays(country_code, years=CALENDAR_YEARS, language="en_US").items():
        for name in names.split("; "):
            yield day, name


def _chinese_festivals() -> Iterator[tuple[date, str]]:
    for day, name in _country("CN"):
        for festival in _FESTIVALS:
            if name.startswith(festival) and not name.endswith("(observed)"):
                yield day, festival
