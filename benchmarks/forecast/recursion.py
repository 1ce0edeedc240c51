"""Whether steps taken one at a time, each from the forecast of the last, beat the engine's direct ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from benchmarks.forecast.measuring import CUTOFFS, SETS
from ml import metrics
from ml.demand_forecast import backtest, engine, panel
from ml.demand_forecast.engine import Setting
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES, QUANTILES, Floats

DATA = ("walmart", "journey", "synth")
DIRECT, RECURSIVE, HALVES = "direct", "recursive", "half of each"


def measure(name: str) -> pd.DataFrame:
    """Forecast a data set at three cut-offs both ways.

    The recursive engine learns one step only. Its mean becomes the history of the step after; around it lie the
    quantiles of the direct engine, moved with the mean, because those of one step know nothing of later ones.

    Returns:
        One row per method: ``data, method, wape, bias, wql``.
    """
    data = SETS[name][0]()
    grid = panel.build(data.frame, data.freq)
    setting = Setting(data.horizon, data.season)
    found: dict[str, list[tuple[Floats, Floats, Floats]]] = {DIRECT: [], RECURSIVE: [], HALVES: []}
    for length in backtest.cutoffs(grid, data.horizon, CUTOFFS, data.horizon):
        known = grid.until(length)
        direct = engine.forecast(engine.learn(known, setting), known)
        mean = step_by_step(known, setting)
        came = grid.demand[np.searchsorted(grid.ids, known.ids), length : length + data.horizon]
        is_known = ~np.isnan(came)
        for method, center in ((DIRECT, direct.mean), (RECURSIVE, mean), (HALVES, (direct.mean + mean) / 2)):
            ratio = np.divide(center, direct.mean, out=np.ones_like(center), where=direct.mean > 0)
            deciles = direct.quantiles[..., np.isin(QUANTILES, DECILES)] * ratio[..., None]
            found[method].append((came[is_known], center[is_known], deciles[is_known]))
        print(f"recursion: {name}, {length} periods", flush=True)
    rows = []
    for method, parts in found.items():
        actual, center, deciles = (np.concatenate(values) for values in zip(*parts, strict=True))
        rows.append({"method": method, "wape": metrics.wape(actual, center), "bias": metrics.bias(actual, center),
                     "wql": metrics.wql(actual, deciles, DECILES)})  # fmt: skip
    return pd.DataFrame(rows).assign(data=data.name)


def step_by_step(known: Panel, setting: Setting) -> Floats:
    """Return the means of an engine that learnt one step and takes each from the one before, shape (n, horizon)."""
    learnt = engine.learn(known, replace(setting, horizon=1))
    means = []
    for _ in range(setting.horizon):
        means.append(engine.forecast(learnt, known).mean)
        known = _continued(known, means[-1])
    return np.concatenate(means, axis=1)


def _continued(known: Panel, mean: Floats) -> Panel:
    """Return the panel with one period more, in which what was forecast came true."""
    unknown = np.full_like(mean, np.nan)
    return replace(
        known,
        periods=pd.DatetimeIndex(known.periods.append(known.future(1))),
        demand=np.hstack([known.demand, mean]),
        filled=np.hstack([known.filled, mean]),
        target=np.hstack([known.target, mean]),
        past={name: np.hstack([values, unknown]) for name, values in known.past.items()},
    )
