"""Whether forecasts of sums make those of their parts better: the engine on both, and both made to agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.forecast.measuring import CUTOFFS, SETS
from ml import metrics
from ml.demand_forecast import backtest, engine, panel
from ml.demand_forecast.engine import Forecast, Setting
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES, QUANTILES, Floats

# Data set to the static columns by which its series are added up, besides the total.
LEVELS = {
    "walmart": ("s_store", "s_department"),
    "journey": ("s_department", "s_category"),
    "synth": ("s_place", "s_item"),
}
TOTAL, PARTS = "total", "parts"
BOTTOM_UP, DIRECT, RECONCILED = "bottom-up", "direct", "reconciled"
# Of the forecast: no forecast is taken to be surer, or it would outweigh all others.
LEAST_DEVIATION = 0.02
NORMAL_Q90 = 1.2816


@dataclass(frozen=True)
class Outcome:
    """What came and what was forecast of one level, shape (m,) each; deciles of the parts only, shape (m, 9)."""

    level: str
    method: str
    actual: Floats
    mean: Floats
    deciles: Floats | None = None


def measure(name: str) -> pd.DataFrame:
    """Forecast the series of a data set and their sums at three cut-offs, and reconcile them.

    Returns:
        One row per level and method: ``data, level, method, wape, bias, wql``; wql is nan but of the parts.
    """
    data = SETS[name][0]()
    parts = panel.build(data.frame, data.freq)
    # Of weeks without stock the sums have what their parts are taken to have wanted.
    wanted = data.frame.drop(columns="y").merge(parts.long()[["unique_id", "ds", "y"]], on=["unique_id", "ds"])
    sums = panel.build(_added_up(wanted, LEVELS[name]), data.freq)
    setting = Setting(data.horizon, data.season)
    outcomes: list[Outcome] = []
    for length in backtest.cutoffs(parts, data.horizon, CUTOFFS, data.horizon):
        outcomes += _at(parts, length, sums.until(length), LEVELS[name], setting)
        print(f"reconciliation: {name}, {length} periods", flush=True)
    frame = pd.DataFrame([vars(outcome) for outcome in outcomes])
    rows = []
    for (level, method), found in frame.groupby(["level", "method"], sort=False):
        actual, mean = np.concatenate(found["actual"].tolist()), np.concatenate(found["mean"].tolist())
        deciles = np.concatenate(found["deciles"].tolist()) if level == PARTS else None
        loss = float("nan") if deciles is None else metrics.wql(actual, deciles, DECILES)
        rows.append({"level": level, "method": method, "wape": metrics.wape(actual, mean),
                     "bias": metrics.bias(actual, mean), "wql": loss})  # fmt: skip
    return pd.DataFrame(rows).assign(data=data.name)


def reconcile(parts: Floats, sums: Floats, spread: Floats, sums_spread: Floats, adds: Floats) -> Floats:
    """Return the parts that lie nearest to both forecasts, in units of their deviations, at least 0.

    Weighted least squares with the forecasts' own variances (Wickramasuriya, Athanasopoulos and Hyndman 2019, "Optimal
    forecast reconciliation ... through trace minimization", with a diagonal matrix).

    Args:
        parts: Forecasts, shape (n,).
        sums: Forecasts of sums, shape (k,).
        spread: Deviation of each part, above 0, shape (n,).
        sums_spread: Deviation of each sum, above 0, shape (k,).
        adds: 1 where a part belongs to a sum, otherwise 0, shape (k, n).
    """
    weighted = adds * spread**2
    gain = np.linalg.solve(weighted @ adds.T + np.diag(sums_spread**2), sums - adds @ parts)
    result: Floats = np.maximum(parts + weighted.T @ gain, 0.0)
    return result


def _added_up(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Add series up, in total and by each column; drivers are averaged."""
    how = {"y": "sum"} | {name: "mean" for name in map(str, frame.columns) if name.startswith("x_")}
    keys = {TOTAL: pd.Series("all", index=frame.index)} | {column: frame[column].astype(str) for column in columns}
    levels = []
    for level, key in keys.items():
        added = frame.assign(unique_id=f"{level}|" + key).groupby(["unique_id", "ds"], as_index=False).agg(how)
        levels.append(added.assign(s_level=level))
    return pd.concat(levels, ignore_index=True)


def _at(parts: Panel, length: int, sums: Panel, columns: tuple[str, ...], setting: Setting) -> list[Outcome]:
    known = parts.until(length)
    low, high = (engine.forecast(engine.learn(grid, setting), grid) for grid in (known, sums))
    adds = np.zeros((len(sums.ids), len(known.ids)))
    for level in (TOTAL, *columns):
        value = pd.Series("all", index=known.static.index) if level == TOTAL else known.static[level].astype(str)
        adds[np.searchsorted(sums.ids, (f"{level}|" + value).to_numpy(dtype=str)), np.arange(len(known.ids))] = 1
    spreads = _deviation(low), _deviation(high)
    steps = [
        reconcile(low.mean[:, step], high.mean[:, step], spreads[0][:, step], spreads[1][:, step], adds)
        for step in range(setting.horizon)
    ]
    agreed = np.stack(steps, axis=1)
    came = np.full(low.mean.shape, np.nan)
    inside = parts.filled[np.searchsorted(parts.ids, known.ids), length : length + setting.horizon]
    came[:, : inside.shape[1]] = inside
    is_known = ~np.isnan(came)
    outcomes = []
    for method, mean in ((BOTTOM_UP, low.mean), (RECONCILED, agreed)):
        ratio = np.divide(mean, low.mean, out=np.ones_like(mean), where=low.mean > 0)
        deciles = low.quantiles[..., np.isin(QUANTILES, DECILES)] * ratio[..., None]
        outcomes.append(Outcome(PARTS, method, came[is_known], mean[is_known], deciles[is_known]))
    for level in (TOTAL, *columns):
        chosen = np.array([name.startswith(f"{level}|") for name in sums.ids])
        actual = (adds[chosen] @ np.where(is_known, came, 0.0)).ravel()
        for method, mean in ((BOTTOM_UP, low.mean), (RECONCILED, agreed)):
            outcomes.append(Outcome(level, method, actual, (adds[chosen] @ np.where(is_known, mean, 0.0)).ravel()))
        outcomes.append(Outcome(level, DIRECT, actual, high.mean[chosen].ravel()))
    return outcomes


def _deviation(found: Forecast) -> Floats:
    low, high = np.moveaxis(found.quantiles[..., np.isin(QUANTILES, (0.1, 0.9))], -1, 0)
    result: Floats = np.maximum((high - low) / (2 * NORMAL_Q90), LEAST_DEVIATION * found.mean + 1e-6)
    return result
