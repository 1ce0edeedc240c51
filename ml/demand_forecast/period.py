"""What a period's alias says: how many make a year, and over how many a level is taken."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

# Periods of a day are taken to come in weeks, so their year is a whole number of them.
_YEARS = {"D": 364, "W": 52, "M": 12}
# What a person takes as the season without saying so; the year is looked at beside it.
_SEASONS = {"D": 7, "W": 52, "M": 12}
_SHORT = {"D": 28, "W": 13, "M": 6}
_LONG = {"D": 182, "W": 52, "M": 24}


@dataclass(frozen=True)
class Period:
    """A period of the grid.

    Attributes:
        freq: Pandas alias: ``W-MON`` and the other weeks, ``7D``, ``D`` or ``MS``.
        year: Periods in a year.
        season: Periods in the season that is taken where none is asked for.
        short: Periods over which a series' present level is taken.
        long: Periods over which its usual level is taken.
    """

    freq: str
    year: int
    season: int
    short: int
    long: int


def parse(freq: str) -> Period:
    """Return what an alias stands for.

    Raises:
        ValueError: the alias is none of W-*, 7D, D and MS.
    """
    name = freq.upper()
    unit = "W" if name == "7D" or name == "W" or name.startswith("W-") else {"D": "D", "MS": "M"}.get(name)
    try:
        pd.tseries.frequencies.to_offset(freq)
    except ValueError:
        unit = None
    if unit is None:
        raise ValueError(f"--freq {freq} is not known: use W-MON (or another day), 7D, D or MS")
    return Period(freq, _YEARS[unit], _SEASONS[unit], _SHORT[unit], _LONG[unit])


def seasons(period: Period, season: int, length: int) -> tuple[int, ...]:
    """Return the seasons that a history shows: the given one and the year, each where it has passed once."""
    wanted = dict.fromkeys((season, period.year))
    return tuple(lag for lag in wanted if lag > 1 and length > lag + 2)
