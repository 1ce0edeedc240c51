"""Two versions on the same rows: what one served, and what another would have forecast from the same history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from ml.demand_forecast import engine, served
from ml.demand_forecast.engine import Engine, Setting
from ml.demand_forecast.panel import Panel
from ml.demand_forecast.states import Limits

KEY = ["unique_id", "ds", "origin"]


@dataclass(frozen=True)
class Contest:
    """What two versions came to on the rows that both forecast.

    Attributes:
        served: Rows of the version in service.
        other: The same rows with the forecasts of the other version.
    """

    served: pd.DataFrame
    other: pd.DataFrame

    @property
    def served_wql(self) -> float:
        """WQL of the version in service; nan where nothing was demanded."""
        return served.loss(self.served)

    @property
    def other_wql(self) -> float:
        """WQL of the other version on the same rows."""
        return served.loss(self.other)


def replay(learned: Engine, grid: Panel, rows: pd.DataFrame) -> Contest:
    """Forecast again, with another version, what a version in service had forecast.

    The other version sees the demand up to the last week that each forecast knew. It is leak-free where it was trained
    on no later one. Corrections that came in since are in that history: who served did not know them yet.

    Args:
        learned: Fitted engine of the other version.
        grid: Demand up to now.
        rows: What served.read returns, of one version.
    """
    parts = []
    for origin in sorted(rows["origin"].unique()):
        known = grid.until(_length(grid, origin))
        if len(known.ids):
            parts.append(engine.long(engine.forecast(learned, known), known).assign(origin=origin))
    if not parts:
        return Contest(rows.iloc[:0], rows.iloc[:0])
    columns = ["mean", *engine.DECILE_NAMES]
    found = pd.concat(parts, ignore_index=True)[[*KEY, *columns]]
    both = rows.merge(found, on=KEY, suffixes=("_served", ""), validate="one_to_one")
    ours = both[[f"{name}_served" for name in columns]].set_axis(columns, axis=1)
    return Contest(both.assign(**{name: ours[name] for name in columns}), both)


def challenge(grid: Panel, rows: pd.DataFrame, setting: Setting, after: date, limits: Limits) -> Contest | None:
    """Fit a challenger at an earlier origin and forecast from there what the champion served from there.

    Both then knew the same weeks, and neither the ones judged. The origin is the earliest after the given day that is
    no further back than the weeks ahead that are judged.

    Args:
        grid: Demand up to now.
        rows: What served.read returns, of the champion.
        setting: Of the challenger.
        after: Origins of this day or before it do not count: of a champion trained by the same code and settings, the
            last day that it learnt from, since a challenger fitted there is the champion itself.
        limits: Limits of the company.

    Returns:
        The contest, or None where it would rest on fewer rows than the limits want.
    """
    earliest = grid.periods[-1] - timedelta(weeks=limits.lags)
    wanted = rows[(rows["origin"] >= earliest) & (rows["origin"] > pd.Timestamp(after))]
    if wanted.empty:
        return None
    origin = wanted["origin"].min()
    try:
        learned = engine.fit(grid.until(_length(grid, origin)), setting)
    except engine.HistoryError:
        return None
    found = replay(learned, grid, wanted[wanted["origin"] == origin])
    return found if len(found.other) >= limits.minimum_rows else None


def _length(grid: Panel, origin: pd.Timestamp) -> int:
    return int((grid.periods <= origin).sum())
