"""Unbiased means and deciles, from tables of how actuals fell around earlier forecasts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.metrics import DECILES, Floats

POOLED = "all"
MAXIMUM_BINS = 10
OBSERVATIONS_PER_BIN = 200
HORIZON_GROUPS = 3
# Keeps the ratio finite where a forecast is 0; small beside the level, so that elsewhere it is actual over forecast.
OFFSET_SHARE = 0.1
SMALLEST_OFFSET = 1e-3
# Nothing passes this multiple of the most a series ever did.
CAP = 5.0


@dataclass(frozen=True)
class Table:
    """How (actual + c) / (forecast + c) was distributed, by level of the forecast.

    Attributes:
        centers: Mean log of forecast + c in each bin, ascending, shape (bins,).
        factors: Summed actuals + c over summed forecasts + c, shape (bins,).
        ratios: Quantiles of the ratio at the nine deciles, shape (bins, 9), ascending along axis 1.
    """

    centers: Floats
    factors: Floats
    ratios: Floats


Tables = dict[tuple[str, int], Table]


def fit(actual: Floats, mean: Floats, level: Floats, classes: np.ndarray) -> Tables:
    """Tabulate the ratio of actuals to forecasts per demand class, third of the horizon and level of the forecast.

    Args:
        actual: Observed demand, shape (n, horizon), nan where not observed.
        mean: Mean forecasts, same shape.
        level: Mean demand of each series up to the forecast, shape (n,); c is a tenth of it.
        classes: Demand class of each series.

    Returns:
        (class or ``all``, third of the horizon) to table. Cells without an observation are absent.
    """
    offset = _offset(level)[:, None]
    observed = ~np.isnan(actual)
    ratio = (np.nan_to_num(actual) + offset) / (mean + offset)
    size = np.log(mean + offset)
    tables: Tables = {}
    for group, columns in enumerate(_groups(mean.shape[1])):
        for name in (POOLED, *np.unique(classes)):
            chosen = observed[:, columns] & ((classes == name) | (name == POOLED))[:, None]
            if chosen.any():
                tables[str(name), group] = _table(ratio[:, columns][chosen], size[:, columns][chosen])
    return tables


def apply(tables: Tables, mean: Floats, level: Floats, classes: np.ndarray, maximum: Floats) -> tuple[Floats, Floats]:
    """Return means freed from the bias of earlier forecasts, and deciles: not negative, deciles never crossing.

    Args:
        tables: What fit returned; a class it does not hold uses the pooled table.
        mean: Mean forecasts, shape (n, horizon).
        level: Mean demand of each series up to the forecast, shape (n,).
        classes: Demand class of each series.
        maximum: Highest demand of each series so far; nothing passes five times that.

    Returns:
        Means, shape (n, horizon), and deciles, shape (n, horizon, 9).
    """
    offset = _offset(level)[:, None]
    size = np.log(mean + offset)
    center, deciles = np.zeros(mean.shape), np.zeros((*mean.shape, len(DECILES)))
    for group, columns in enumerate(_groups(mean.shape[1])):
        for name in np.unique(classes):
            table = _lookup(tables, str(name), group)
            rows = np.flatnonzero(classes == name)
            cells = np.ix_(rows, columns)
            base = (mean + offset)[cells]
            center[cells] = np.interp(size[cells], table.centers, table.factors) * base - offset[rows]
            for decile in range(len(DECILES)):
                ratio = np.interp(size[cells], table.centers, table.ratios[:, decile])
                deciles[..., decile][cells] = ratio * base - offset[rows]
    highest = CAP * np.maximum(maximum, 0.0)[:, None]
    # Interpolated rows of an ascending table ascend up to rounding, which the running maximum removes.
    deciles = np.maximum.accumulate(np.clip(deciles, 0.0, highest[:, :, None]), axis=2)
    return np.clip(center, 0.0, highest), deciles


def _lookup(tables: Tables, name: str, group: int) -> Table:
    """Find the table of a cell; where the backtest never reached so far ahead, the nearest earlier weeks serve."""
    groups = range(group, -1, -1)
    keys = [*((name, earlier) for earlier in groups), *((POOLED, earlier) for earlier in groups)]
    return next(tables[key] for key in keys if key in tables)


def _table(ratio: Floats, size: Floats) -> Table:
    bins = int(np.clip(len(size) // OBSERVATIONS_PER_BIN, 1, MAXIMUM_BINS))
    edges = np.unique(np.quantile(size, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, max(len(edges) - 2, 0))
    used = np.unique(place)
    centers = np.array([size[place == number].mean() for number in used])
    ratios = np.array([np.quantile(ratio[place == number], DECILES) for number in used])
    weights = np.exp(size)
    factors = np.array([np.average(ratio[place == number], weights=weights[place == number]) for number in used])
    return Table(centers, factors, ratios)


def _groups(horizon: int) -> list[np.ndarray]:
    return np.array_split(np.arange(horizon), min(HORIZON_GROUPS, horizon))


def _offset(level: Floats) -> Floats:
    return np.maximum(OFFSET_SHARE * level, SMALLEST_OFFSET)
