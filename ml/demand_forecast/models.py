"""Candidate models: each turns a panel into mean demand over the horizon."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from ml.demand_forecast import gbm
from ml.demand_forecast.panel import Panel
from ml.metrics import Floats
from warehouse.settings import get_settings

BASELINE = "seasonal_naive"
AVERAGE = "window_average"
BOOSTED = "lightgbm"
COMBINATION = "combination"
COMBINED = ("croston_sba", "tsb", AVERAGE, BOOSTED)
LOCAL = ("croston_sba", "tsb", "exponential_smoothing")
NAMES = (BASELINE, AVERAGE, *LOCAL, BOOSTED, COMBINATION)
SMOOTHING = 0.1
WINDOW = 26
# A recursive or trending model may run away; no forecast passes this multiple of the most a series ever did.
MEAN_CAP = 2.0


@dataclass(frozen=True)
class Setting:
    """What every candidate is asked for.

    Attributes:
        horizon: Periods ahead.
        season: Season in periods.
        naive_season: Lag of the seasonal naive forecast; 1 makes it the last value.
        freq: Pandas alias of the period.
    """

    horizon: int
    season: int
    naive_season: int
    freq: str


def forecast(panel: Panel, setting: Setting, boosted: gbm.Boosted | None = None) -> dict[str, Floats]:
    """Forecast mean demand with every candidate.

    Args:
        panel: History up to the forecast's origin.
        setting: Horizon, season and period.
        boosted: A fitted boosted model; without one it is left out, and out of the combination.

    Returns:
        Name of the candidate to an array of shape (n, horizon), not negative, at most twice a series' maximum.
    """
    horizon = setting.horizon
    means = {
        BASELINE: seasonal_naive(panel, horizon, setting.naive_season),
        AVERAGE: window_average(panel, horizon),
        **local(panel, horizon, setting.freq),
    }
    if boosted is not None:
        means[BOOSTED] = gbm.predict(boosted, panel, horizon)
    means[COMBINATION] = np.mean([means[name] for name in COMBINED if name in means], axis=0)
    highest = MEAN_CAP * maximum(panel)[:, None]
    return {name: np.clip(np.nan_to_num(mean), 0.0, highest) for name, mean in means.items()}


def level(panel: Panel) -> Floats:
    """Return the mean of each series' history, at least 0."""
    result: Floats = np.maximum(np.nanmean(panel.filled, axis=1), 0.0)
    return result


def maximum(panel: Panel) -> Floats:
    """Return the highest value of each series' history, at least 0."""
    result: Floats = np.maximum(np.nanmax(panel.filled, axis=1), 0.0)
    return result


def seasonal_naive(panel: Panel, horizon: int, season: int) -> Floats:
    """Repeat the last season; a series younger than that repeats its last value."""
    filled = panel.filled
    last = np.repeat(filled[:, -1:], horizon, axis=1)
    if season > filled.shape[1]:
        return last
    columns = filled.shape[1] - season + np.arange(horizon) % season
    repeated = filled[:, columns]
    return np.where(np.isnan(repeated), last, repeated)


def window_average(panel: Panel, horizon: int) -> Floats:
    """Repeat the mean of the last 26 periods' observed ones; a series without one has its estimates averaged."""
    window, estimated = panel.demand[:, -WINDOW:], panel.filled[:, -WINDOW:]
    window = np.where(np.isnan(window).all(axis=1, keepdims=True), estimated, window)
    mean = np.nansum(window, axis=1) / np.maximum((~np.isnan(window)).sum(axis=1), 1)
    return np.repeat(mean[:, None], horizon, axis=1)


def local(panel: Panel, horizon: int, freq: str) -> dict[str, Floats]:
    """Forecast each series by itself with statsforecast: Croston-SBA, TSB, simple exponential smoothing."""
    # Compiled once per checkout, not once per process; read before numba is first imported.
    os.environ.setdefault("NUMBA_CACHE_DIR", str(get_settings().state_dir / "numba"))
    os.environ.setdefault("NIXTLA_ID_AS_COL", "1")
    from statsforecast import StatsForecast
    from statsforecast.models import (
        TSB,
        CrostonSBA,
        HistoricAverage,
        SimpleExponentialSmoothingOptimized,
    )

    models = [
        CrostonSBA(alias="croston_sba"),
        TSB(SMOOTHING, SMOOTHING, alias="tsb"),
        SimpleExponentialSmoothingOptimized(alias="exponential_smoothing"),
    ]
    frame = panel.long()[["unique_id", "ds", "y"]]
    engine = StatsForecast(models, freq=freq, n_jobs=1, fallback_model=HistoricAverage())
    result = engine.forecast(df=frame, h=horizon).sort_values(["unique_id", "ds"])
    return {name: result[name].to_numpy(dtype=float).reshape(len(panel.ids), horizon) for name in LOCAL}
