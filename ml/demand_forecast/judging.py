"""What a version is worth: the engine and each of its candidates at earlier cut-offs, as figures for the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ml import metrics
from ml.demand_forecast import backtest, engine, local
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES

CHAMPION = "champion"
BASELINE = local.NAIVE
ALL = "all"
LEAST_TRAINING = 26


def plan(length: int, horizon: int, count: int) -> list[int]:
    """Return how much history each cut-off sees, ascending.

    The last cut-off leaves a whole horizon for evaluation, or half of a history shorter than two. Earlier ones lie a
    horizon apart, or closer where the first would otherwise have fewer than 26 periods to learn from.

    Raises:
        HistoryError: the history is shorter than 9 periods.
    """
    if length <= backtest.LEAST_LENGTH:
        raise engine.HistoryError(f"a backtest needs {backtest.LEAST_LENGTH + 1} periods of history, got {length}")
    first = max(min(LEAST_TRAINING, max(length - horizon, length // 2)), backtest.LEAST_LENGTH)
    last = max(length - horizon, first)
    step = min(horizon, (last - first) // max(count - 1, 1))
    return sorted({last - step * number for number in range(count)})


def run(panel: Panel, lengths: Sequence[int], setting: Setting) -> pd.DataFrame:
    """Forecast at every cut-off with the engine, as ``champion``, and with each candidate by itself.

    Returns:
        One row per model, series, cut-off and period: ``model_name, unique_id, cutoff, ds, step, y, mean,
        q10 ... q90, demand_class, scale``. y is what sold, in stock-out weeks its estimate, which is no less: strong
        weeks empty the stock, and without them a right forecast would read too high. It is nan where nothing is known.

    Raises:
        HistoryError: no cut-off has anything to learn from.
    """
    parts = []
    for length in lengths:
        known = panel.until(length)
        try:
            learned = engine.fit(known, setting)
        except engine.HistoryError:
            continue
        found = engine.forecast(learned, known, with_candidates=True)
        models = {CHAMPION: (found.mean, found.quantiles)} | found.alone
        for name, (mean, quantiles) in models.items():
            frame = engine.long(replace(found, mean=mean, quantiles=quantiles), known)
            beside = backtest.beside(frame, panel, length, setting, panel.target)
            parts.append(backtest.described(beside, panel, [length], setting).assign(model_name=name))
    if not parts:
        raise engine.HistoryError("no cut-off has a series to learn from")
    return pd.concat(parts, ignore_index=True)


def table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the figures: one row per model, demand class (or ``all``) and week ahead (0 = all), as in the table
    ml.demand_forecast_backtests. Cells without an observed period are left out.
    """
    observed = found[found["y"].notna()]
    every = [
        observed.assign(demand_class=demand_class, horizon_week=week)
        for demand_class in (ALL, observed["demand_class"])
        for week in (0, observed["step"])
    ]
    keys = ["model_name", "demand_class", "horizon_week"]
    rows = [
        dict(zip(keys, key, strict=True)) | {"is_champion": key[0] == CHAMPION} | _figures(group)
        for part in every
        for key, group in part.groupby(keys, sort=True)
    ]
    return pd.DataFrame(rows)


def _figures(rows: pd.DataFrame) -> dict[str, float | int]:
    actual, mean, deciles = rows["y"].to_numpy(), rows["mean"].to_numpy(), rows[DECILE_NAMES].to_numpy()
    scaled = np.abs(actual - mean) / rows["scale"].to_numpy()
    scaled = scaled[~np.isnan(scaled)]
    covered = metrics.coverage(actual, deciles)
    return {
        "cutoff_count": rows["cutoff"].nunique(),
        "series_count": rows["unique_id"].nunique(),
        "actual_quantity": float(actual.sum()),
        "wql": metrics.wql(actual, deciles, DECILES),
        "wape": metrics.wape(actual, mean),
        "bias": metrics.bias(actual, mean),
        "mase": float(scaled.mean()) if len(scaled) else float("nan"),
        "coverage_q10": float(covered[0]),
        "coverage_q50": float(covered[4]),
        "coverage_q90": float(covered[8]),
    }
