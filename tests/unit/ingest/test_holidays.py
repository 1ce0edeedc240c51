"""Shopping days against dates known from calendars."""

from __future__ import annotations

from datetime import date

import pytest

from ingest.holidays import shopping_days


@pytest.mark.parametrize(
    ("year", "black_friday", "cyber_monday"),
    [
        pytest.param(2017, date(2017, 11, 24), date(2017, 11, 27), id="2017"),
        pytest.param(2018, date(2018, 11, 23), date(2018, 11, 26), id="first-of-november-is-thursday"),
        pytest.param(2019, date(2019, 11, 29), date(2019, 12, 2), id="first-of-november-is-friday"),
    ],
)
def test_black_friday_follows_thanksgiving(year: int, black_friday: date, cyber_monday: date) -> None:
    days = {name: day for day, name in shopping_days(year)}
    assert days["Black Friday"] == black_friday
    assert days["Cyber Monday"] == cyber_monday
    assert days["Double 11"] == date(year, 11, 11)
