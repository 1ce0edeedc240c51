"""Figures of forecasts: one row per method and demand class."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml import metrics
from ml.demand_forecast.engine import DECILE_NAMES
from ml.metrics import DECILES

TOTAL = "all"


def score(found: pd.DataFrame) -> pd.DataFrame:
    """Return the figures of one method.

    Args:
        found: ``unique_id, cutoff, y, mean, q10 ... q90, demand_class, scale``; rows without y do not count.

    Returns:
        One row per demand class, and ``all`` first: ``demand_class, series, observations, wql, wape, bias, mase``,
        ``coverage_q10 ... coverage_q90`` (share of actuals at or below the decile) and ``balanced_q10 ...``, in which
        an actual that equals its decile counts by the share of the tie that lies below: where demand is often 0,
        low deciles are 0, and no forecast could make the first share smaller.
    """
    observed = found[found["y"].notna()]
    names = [TOTAL, *sorted(observed["demand_class"].unique())]
    return pd.DataFrame(
        [_figures(name, observed if name == TOTAL else observed[observed["demand_class"] == name]) for name in names]
    )


def _figures(name: str, rows: pd.DataFrame) -> dict[str, object]:
    actual, deciles = rows["y"].to_numpy(), rows[DECILE_NAMES].to_numpy()
    scaled = np.abs(actual - rows["mean"].to_numpy()) / rows["scale"].to_numpy()
    scaled = scaled[~np.isnan(scaled)]
    figures: dict[str, object] = {
        "demand_class": name,
        "series": rows["unique_id"].nunique(),
        "observations": len(rows),
        "wql": metrics.wql(actual, deciles, DECILES),
        "wape": metrics.wape(actual, rows["mean"]),
        "bias": metrics.bias(actual, rows["mean"]),
        "mase": float(scaled.mean()) if len(scaled) else float("nan"),
    }
    covered, balanced = metrics.coverage(actual, deciles), metrics.balanced_coverage(actual, deciles, DECILES)
    figures |= {f"coverage_{column}": share for column, share in zip(DECILE_NAMES, covered, strict=True)}
    return figures | {f"balanced_{column}": share for column, share in zip(DECILE_NAMES, balanced, strict=True)}
