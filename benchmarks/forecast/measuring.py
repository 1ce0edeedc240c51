"""The engine and its peers on each data set, and how fast the engine is."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.forecast import frames
from benchmarks.forecast.frames import DataSet
from ml.demand_forecast import backtest, panel, peers, scores
from ml.demand_forecast.backtest import OURS
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.metrics import DECILES

SEASON, CUTOFFS = 52, 3
TRUE = "the distribution drawn from"
SERIES, WEEKS, HORIZON = 30_490, 156, 13
EVERY_PEER = ("seasonal_naive", "auto_ets", "theta", "croston_sba", "tsb", "lightgbm")
DENSE_PEERS = ("seasonal_naive", "auto_ets", "theta", "lightgbm")


def _synth() -> DataSet:
    with tempfile.TemporaryDirectory(prefix="orw-bench-", dir="/var/tmp") as folder:  # noqa: S108
        return frames.synth(Path(folder) / "company")


SETS: dict[str, tuple[Callable[[], DataSet], tuple[str, ...]]] = {
    "walmart": (frames.walmart, DENSE_PEERS),
    "journey": (frames.journey, EVERY_PEER),
    "journey_promoted": (frames.journey_promoted, EVERY_PEER),
    "journey_daily": (frames.journey_daily, EVERY_PEER),
    "online_retail": (frames.online_retail, EVERY_PEER),
    "synth": (_synth, EVERY_PEER),
}


def accuracy(name: str) -> pd.DataFrame:
    """Backtest the engine and its peers on a data set.

    Returns:
        One row per method and demand class (for drawn data: kind of item), as scores.score has them, with ``method``,
        ``seconds, series_per_second, peak_mib`` and the data set's name as ``data``.
    """
    build, others = SETS[name]
    data = build()
    grid, setting = panel.build(data.frame, data.freq), Setting(data.horizon, data.season)
    lengths = backtest.cutoffs(grid, data.horizon, CUTOFFS, data.horizon)
    series = sum(len(grid.until(length).ids) for length in lengths)
    tables = []
    for method in (OURS, *others):
        found, cost = peers.measure(method, grid, lengths, setting, series)
        described = backtest.described(found, grid, lengths, setting)
        if data.truth is not None:
            described = _with_truth(described, data.truth)
        tables.append(scores.score(described).assign(method=method, **cost))
        print(f"{name}: {method} {cost['seconds']:.1f} s", flush=True)
    if data.truth is not None:
        true = described.drop(columns=["mean", *DECILE_NAMES]).merge(
            data.truth[["unique_id", "ds", "mean", *DECILE_NAMES]], on=["unique_id", "ds"]
        )
        tables.append(scores.score(true).assign(method=TRUE))
    return pd.concat(tables, ignore_index=True).assign(data=data.name)


def speed() -> pd.DataFrame:
    """Time the engine and mlforecast's default LightGBM, points only, on 30,490 series of 156 weeks."""
    grid = panel.build(_many(), "W-MON")
    setting, length = Setting(HORIZON, SEASON), WEEKS
    rows = []
    for method in (OURS, "lightgbm"):
        found, cost = peers.measure(method, grid, [length], setting, SERIES)
        rows.append({"method": method, "rows": len(found), **cost})
        print(f"speed: {method} {cost['seconds']:.1f} s", flush=True)
    return pd.DataFrame(rows)


def gap_closed(table: pd.DataFrame) -> pd.DataFrame:
    """Return per class the WQL of the engine, of the best peer and of the truth, and the share of the gap closed.

    Returns:
        ``demand_class, engine, best_peer, best_peer_name, truth, gap_closed``.
    """
    losses = table.pivot_table(index="demand_class", columns="method", values="wql", sort=False)
    best = losses.drop(columns=[OURS, TRUE]).min(axis=1)
    return pd.DataFrame(
        {
            "engine": losses[OURS],
            "best_peer": best,
            "best_peer_name": losses.drop(columns=[OURS, TRUE]).idxmin(axis=1),
            "truth": losses[TRUE],
            "gap_closed": (best - losses[OURS]) / (best - losses[TRUE]),
        }
    ).reset_index()


def _with_truth(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Judge by what was demanded, sold or not, and by the kind of item."""
    known = truth[["unique_id", "ds", "demand", "kind"]]
    merged = found.merge(known, on=["unique_id", "ds"], how="inner", validate="many_to_one")
    return merged.assign(y=merged["demand"], demand_class=merged["kind"].astype(str)).drop(columns=["demand", "kind"])


def _many() -> pd.DataFrame:
    """Draw weekly sales of items at places: rates from .05 to 50 a week, a common season, most weeks without any."""
    draw = np.random.default_rng(30_490)
    rates = np.exp(draw.normal(-0.7, 1.6, (SERIES, 1)))
    season = 1 + 0.3 * np.sin(2 * np.pi * (np.arange(WEEKS) / SEASON + draw.uniform(0, 0.2, (SERIES, 1))))
    sold = draw.poisson(np.clip(rates, 0.02, 80) * season)
    weeks = pd.date_range("2021-01-04", periods=WEEKS, freq="W-MON")
    return pd.DataFrame(
        {
            "unique_id": np.repeat([f"i{number:05d}" for number in range(SERIES)], WEEKS),
            "ds": np.tile(weeks, SERIES),
            "y": sold.ravel().astype(float),
            "s_category": np.repeat([f"c{number % 40}" for number in range(SERIES)], WEEKS),
        }
    )


def balanced(table: pd.DataFrame) -> str:
    """Return the largest distance of the engine's balanced coverage from its levels, as a text."""
    row = table[(table["method"] == OURS) & (table["demand_class"] == scores.TOTAL)].iloc[0]
    away = [row[f"balanced_{name}"] - level for name, level in zip(DECILE_NAMES, DECILES, strict=True)]
    worst = int(np.argmax(np.abs(away)))
    return f"{away[worst]:+.3f} at {DECILE_NAMES[worst]}"
