"""Rolling-origin backtest: what a method forecast at earlier cut-offs, beside what came."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import pandas as pd

from ml import metrics
from ml.demand_forecast import classes, engine
from ml.demand_forecast.backend import LOCAL, Backend
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats

log = logging.getLogger(__name__)

OURS = "engine"
# Periods that a cut-off must have seen.
LEAST_LENGTH = 8
COLUMNS = ("unique_id", "cutoff", "ds", "step", "y", "mean", *DECILE_NAMES)
Method = Callable[[Panel, Setting], pd.DataFrame]


def cutoffs(panel: Panel, horizon: int, count: int, step: int) -> list[int]:
    """Return how much history each cut-off sees, ascending: the last leaves a whole horizon, others lie a step apart.

    Raises:
        ValueError: the first would see fewer than 8 periods.
    """
    lengths = sorted(len(panel.periods) - horizon - step * number for number in range(count))
    if lengths[0] < LEAST_LENGTH:
        needed = LEAST_LENGTH + horizon + step * (count - 1)
        raise ValueError(
            f"{count} cut-offs {step} periods apart with a horizon of {horizon} need {needed} periods, the frame has "
            f"{len(panel.periods)}: ask for fewer --cutoffs, a smaller --step or a shorter --horizon"
        )
    return lengths


def at_dates(panel: Panel, dates: Sequence[date]) -> list[int]:
    """Return how much history is seen at the given dates, each of which lies in the last period known.

    Raises:
        ValueError: a date lies outside of the history, or leaves nothing to compare with.
    """
    lengths = []
    for day in dates:
        length = int((panel.periods <= pd.Timestamp(day)).sum())
        if not LEAST_LENGTH <= length < len(panel.periods):
            first, last = panel.periods[min(LEAST_LENGTH, len(panel.periods)) - 1], panel.periods[-2:][0]
            raise ValueError(f"--cutoff {day} must lie between {first:%Y-%m-%d} and {last:%Y-%m-%d}")
        lengths.append(length)
    return sorted(set(lengths))


def run(panel: Panel, lengths: Sequence[int], setting: Setting, method: Method) -> pd.DataFrame:
    """Forecast at every cut-off with a method that sees the history up to it, and what is known ahead.

    Args:
        panel: History; only its first part is shown.
        lengths: Periods of history of each cut-off.
        setting: Horizon, season and seed.
        method: Returns ``unique_id, ds, mean, q10 ... q90``.

    Returns:
        ``unique_id, cutoff, ds, step, y, mean, q10 ... q90``; y is nan where demand was not observed: beyond the
        data, and in stock-out periods.
    """
    parts = []
    for length in lengths:
        known = panel.until(length)
        parts.append(beside(method(known, setting), panel, length, setting, panel.demand))
        log.info("cut-off %s: %d series", known.periods[-1].date(), len(known.ids))
    return pd.concat(parts, ignore_index=True)


def beside(found: pd.DataFrame, panel: Panel, length: int, setting: Setting, came: Floats) -> pd.DataFrame:
    """Put what came, shape (n, t), beside forecasts of one cut-off: the columns that run returns."""
    dates = panel.periods.append(panel.future(setting.horizon))
    row = np.searchsorted(panel.ids, found["unique_id"].to_numpy(dtype=str))
    column = dates.get_indexer(pd.DatetimeIndex(found["ds"]))
    inside = np.minimum(column, len(panel.periods) - 1)
    actual = np.where(column < len(panel.periods), came[row, inside], np.nan)
    labels = found.assign(y=actual, cutoff=panel.periods[length - 1], step=column - length + 1)
    return labels[list(COLUMNS)]


def ours(panel: Panel, setting: Setting, backend: Backend = LOCAL) -> pd.DataFrame:
    """Forecast with the engine, learnt from the panel."""
    found = backend.forecast(engine.learn(panel, setting, backend.train), panel)
    return engine.long(found, panel)


def described(found: pd.DataFrame, panel: Panel, lengths: Sequence[int], setting: Setting) -> pd.DataFrame:
    """Add the demand class and the scale of MASE, both as of the cut-off: ``demand_class, scale``."""
    parts = []
    for length in lengths:
        known = panel.until(length)
        parts.append(
            pd.DataFrame(
                {
                    "unique_id": known.ids,
                    "cutoff": known.periods[-1],
                    "demand_class": classes.classify(known.demand),
                    "scale": metrics.naive_scales(known.filled, engine.naive_season(known, setting)),
                }
            )
        )
    labels = pd.concat(parts, ignore_index=True)
    return found.merge(labels, on=["unique_id", "cutoff"], how="left", validate="many_to_one")
