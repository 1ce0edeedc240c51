"""What the calendar says of a period: where it stands in the year, and how far the moving feasts are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.metrics import Floats

# Days within which a feast is taken to matter.
REACH = 45
NOVEMBER, THURSDAY = 11, 3


def features(dates: pd.DatetimeIndex, freq: str) -> dict[str, Floats]:
    """Return name to value per date, each of shape (n,).

    Days to the nearest Easter, Thanksgiving (fourth Thursday of November, which Black Friday follows) and Christmas
    count from the first day of the period, positive before the feast and cut at 45.

    Args:
        dates: First day of every period.
        freq: Pandas alias of the period.
    """
    place = {"day_of_year": dates.dayofyear, "day_of_month": dates.day}
    if freq.upper() == "D":
        place |= {"day_of_week": dates.dayofweek}
    if freq.upper() == "MS":
        place = {"month": dates.month, "days_in_month": dates.days_in_month}
    years = range(dates[0].year - 1, dates[-1].year + 2)
    found = {
        "days_to_easter": [pd.Timestamp(year, 1, 1) + pd.offsets.Easter() for year in years],
        "days_to_thanksgiving": [_thanksgiving(year) for year in years],
        "days_to_christmas": [pd.Timestamp(year, 12, 25) for year in years],
    }
    days = {name: _days_to(dates, pd.DatetimeIndex(feasts)) for name, feasts in found.items()}
    return {name: np.asarray(values, dtype=float) for name, values in place.items()} | days


def _thanksgiving(year: int) -> pd.Timestamp:
    first = pd.Timestamp(year, NOVEMBER, 1)
    return first + pd.Timedelta(days=(THURSDAY - first.dayofweek) % 7 + 21)


def _days_to(dates: pd.DatetimeIndex, feasts: pd.DatetimeIndex) -> Floats:
    days = (feasts.to_numpy()[None, :] - dates.to_numpy()[:, None]) / np.timedelta64(1, "D")
    nearest = np.abs(days).argmin(axis=1)
    near: Floats = np.clip(days[np.arange(len(dates)), nearest], -REACH, REACH)
    return near
