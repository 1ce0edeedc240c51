"""How demand falls around a forecast: a model of its scale, and tables of the standardized error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.demand_forecast import boosted
from ml.demand_forecast.combination import thirds
from ml.metrics import DECILES, Floats

TREES = 120
CASES_PER_BIN = 150
MOST_BINS = 12
# Of the level: no forecast is taken to be surer.
LEAST_SCALE = 0.02
LARGEST_ERROR = 100.0
# The model of the scale judges cases it has not learnt from, or errors would look too regular.
FOLDS = 2
PARAMETERS = boosted.COMMON | {
    "objective": "poisson",
    "learning_rate": 0.06,
    "num_leaves": 15,
}
# With fewer past forecasts the scale grows with the forecast alone.
LEAST_CASES = 500
CASES_PER_LEAF = 50
MINIMUM_LEAF, MAXIMUM_LEAF = 20, 200
RUNS = 100
# A scale that grows like the root of the forecast, as that of counts does, where the past does not tell.
POWER = 0.5


# Below so many pieces demand is told by counts of like forecasts: the steps from 0 to 1 to 2 are too coarse for a
# scale that is itself an estimate.
FEW = 5.0
# Counts of like forecasts are told apart by how far off they are for their size.
GROUPS = 3
# Of counts, whose deciles change with every piece.
MOST_COUNT_BINS = 40


@dataclass(frozen=True)
class Table:
    """Deciles of something by its size.

    Attributes:
        centers: Mean size of each bin, ascending, shape (bins,).
        deciles: Shape (bins, 9), ascending along axis 1.
    """

    centers: Floats
    deciles: Floats

    def at(self, size: Floats) -> Floats:
        """Return the deciles at each size, between those of its bins, shape (m, 9)."""
        return np.stack([np.interp(size, self.centers, column) for column in self.deciles.T], axis=1)


@dataclass(frozen=True)
class Tables:
    """What past forecasts of a third of the horizon tell.

    Attributes:
        errors: The standardized error by dispersion (log of scale over forecast).
        cuts: What separates the groups of counts: scale over what is usual for the forecast, as log.
        counts: Per group, the error by log of the forecast, where that is few pieces; none unless demand is counted.
    """

    errors: Table
    cuts: Floats
    counts: tuple[Table, ...]


@dataclass(frozen=True)
class Spread:
    """Turns forecasts into deciles.

    Attributes:
        models: Models of the error over the level.
        law: Without any, the error is law[0] x forecast ^ law[1].
        tables: Third of the horizon to tables.
        horizon: Periods ahead.
        is_count: Whether demand comes in whole numbers: tables are then of demand plus a part of one, and deciles are
            rounded down (Machado and Santos Silva 2005, "Quantiles for counts").
    """

    models: tuple[Any, ...]
    law: tuple[float, float]
    tables: Mapping[int, Tables]
    horizon: int
    is_count: bool = False

    def deciles(
        self, matrix: np.ndarray | None, level: Floats, step: np.ndarray, center: Floats, highest: Floats
    ) -> Floats:
        """Return deciles of demand, shape (m, 9): ascending, between 0 and the highest value allowed.

        Args:
            matrix: Features and candidates' ratios, as at fitting, shape (m, features).
            level: Base level of each case, shape (m,).
            step: Steps ahead.
            center: Forecast.
            highest: What nothing may pass.
        """
        scale = self._scale(matrix, level, center)
        size, third = _dispersion(scale, center, level), thirds(step, self.horizon)
        unusual = _unusual(self.law, scale, center, level)
        result = np.zeros((len(center), len(DECILES)))
        for part in np.unique(third):
            tables, rows = self._tables(int(part)), np.flatnonzero(third == part)
            result[rows] = center[rows, None] + scale[rows, None] * tables.errors.at(size[rows])
            group = np.searchsorted(tables.cuts, unusual[rows])
            for number, counts in enumerate(tables.counts):
                few = rows[(group == number) & (center[rows] < FEW)]
                result[few] = center[few, None] + counts.at(_logged(center[few]))
        if self.is_count:
            result = np.floor(result)
        # Interpolated rows of an ascending table ascend up to rounding, which the running maximum removes.
        limited: Floats = np.maximum.accumulate(np.clip(result, 0.0, highest[:, None]), axis=1)
        return limited

    def _scale(self, matrix: np.ndarray | None, level: Floats, center: Floats) -> Floats:
        if matrix is None or not self.models:
            return _powered(self.law, center, level)
        shares = [model.predict(matrix, num_threads=boosted.threads(len(matrix))) for model in self.models]
        result: Floats = np.maximum(np.mean(shares, axis=0), LEAST_SCALE) * level
        return result

    def _tables(self, part: int) -> Tables:
        nearest = min(self.tables, key=lambda known: (abs(known - part), known))
        return self.tables[nearest]


# Of a history that holds nothing: all deciles are the forecast.
NOTHING = Spread((), (0.0, POWER), {0: Tables(Table(np.zeros(1), np.zeros((1, len(DECILES)))), np.zeros(0), ())}, 1)


def fit(
    matrix: np.ndarray | None,
    level: Floats,
    step: np.ndarray,
    center: Floats,
    actual: Floats,
    *,
    horizon: int,
    is_count: bool,
) -> Spread:
    """Learn from past forecasts how far off they were.

    Args:
        matrix: Features and candidates' ratios of each past forecast, shape (m, features); without them the scale
            grows with the forecast alone.
        level: Base level, shape (m,).
        step: Steps ahead.
        center: Forecast.
        actual: What came, nan where it was not observed.
        horizon: Periods ahead.
        is_count: Whether demand comes in whole numbers.

    Raises:
        ValueError: no past forecast has a level above 0 and an observed outcome.
    """
    chosen = np.flatnonzero((level > 0) & ~np.isnan(actual))
    if not len(chosen):
        raise ValueError("no past forecast to learn the spread from")
    level, step, center, actual = (values[chosen] for values in (level, step, center, actual))
    error = np.clip(np.abs(actual - center) / level, boosted.SMALLEST_RATIO, LARGEST_ERROR)
    law = _law(center, error * level)
    models: list[Any] = []
    scale = _powered(law, center, level)
    if matrix is not None and len(chosen) >= LEAST_CASES:
        models, shares = _models(matrix[chosen], error, level)
        scale = np.maximum(shares, LEAST_SCALE) * level
    size, third = _dispersion(scale, center, level), thirds(step, horizon)
    if is_count:
        actual = actual + np.random.default_rng(boosted.SEED).random(len(actual))
    standardized, size = (actual - center) / scale, _dispersion(scale, center, level)
    unusual, third = _unusual(law, scale, center, level), thirds(step, horizon)
    tables = {}
    for part in np.unique(third):
        rows = third == part
        few = rows & (center < FEW) & is_count
        counts = _counts(center[few], actual[few], unusual[few]) if few.any() else (np.zeros(0), ())
        tables[int(part)] = Tables(_tabulate(standardized[rows], size[rows]), *counts)
    return Spread(tuple(models), law, tables, horizon, is_count)


def _counts(center: Floats, actual: Floats, unusual: Floats) -> tuple[Floats, tuple[Table, ...]]:
    groups = int(np.clip(len(center) // (MOST_BINS * CASES_PER_BIN), 1, GROUPS))
    cuts = np.unique(np.quantile(unusual, np.linspace(0, 1, groups + 1)[1:-1]))
    group = np.searchsorted(cuts, unusual)
    # A group without a case, where many are alike, takes the table of all.
    found = [
        group == number if (group == number).any() else np.full(len(group), True) for number in range(len(cuts) + 1)
    ]
    return cuts, tuple(_tabulate((actual - center)[rows], _logged(center[rows]), MOST_COUNT_BINS) for rows in found)


def _law(center: Floats, error: Floats) -> tuple[float, float]:
    """Fit the mean error as a power of the forecast, through the means of bins of like forecasts."""
    order = np.argsort(center, kind="stable")
    bins = np.array_split(order, int(np.clip(len(order) // CASES_PER_LEAF, 1, MOST_BINS)))
    means = np.array([[center[rows].mean(), error[rows].mean()] for rows in bins])
    means = means[(means > 0).all(axis=1)]
    if not len(means):
        return float(error.mean()), 0.0
    x, y = np.log(means).T
    slope = float(np.clip(np.polyfit(x, y, 1)[0], 0.0, 1.0)) if np.ptp(x) > 1 else POWER
    return float(np.exp((y - slope * x).mean())), slope


def _powered(law: tuple[float, float], center: Floats, level: Floats) -> Floats:
    # A forecast near 0 is no surer than one of a small share of the level.
    result: Floats = law[0] * np.maximum(center, LEAST_SCALE * level) ** law[1]
    return np.maximum(result, LEAST_SCALE * level)


def _models(matrix: np.ndarray, error: Floats, level: Floats) -> tuple[list[Any], Floats]:
    """Fit a model on each fold; return them and what each case gets from those that have not seen it."""
    import lightgbm

    # Cases lie series by series: runs of them go to one fold.
    fold = np.arange(len(error)) // max(len(error) // RUNS, 1) % FOLDS
    leaf = int(np.clip(len(error) // CASES_PER_LEAF, MINIMUM_LEAF, MAXIMUM_LEAF))
    parameters = PARAMETERS | {"min_data_in_leaf": leaf, "num_threads": boosted.threads(len(error))}
    models, shares = [], np.zeros(len(error))
    for part in range(FOLDS):
        rows = fold == part
        data = lightgbm.Dataset(matrix[rows], error[rows], weight=level[rows] / level[rows].mean())
        model = lightgbm.train(parameters, data, TREES)
        models.append(model)
        shares[~rows] += model.predict(matrix[~rows], num_threads=boosted.threads(len(error))) / (FOLDS - 1)
    return models, shares


def _dispersion(scale: Floats, center: Floats, level: Floats) -> Floats:
    smallest = np.maximum(LEAST_SCALE * level, 1e-12)
    result: Floats = np.log(np.maximum(scale, smallest) / np.maximum(center, smallest / 2))
    return result


def _unusual(law: tuple[float, float], scale: Floats, center: Floats, level: Floats) -> Floats:
    result: Floats = np.log(np.maximum(scale, 1e-12) / np.maximum(_powered(law, center, level), 1e-12))
    return result


def _logged(center: Floats) -> Floats:
    result: Floats = np.log(np.maximum(center, 1e-3))
    return result


def _tabulate(values: Floats, size: Floats, most: int = MOST_BINS) -> Table:
    """Take the deciles of values in bins of like size."""
    bins = int(np.clip(len(size) // CASES_PER_BIN, 1, most))
    edges = np.unique(np.quantile(size, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, max(len(edges) - 2, 0))
    used = np.unique(place)
    centers = np.array([size[place == number].mean() for number in used])
    deciles = np.array([np.quantile(values[place == number], DECILES) for number in used])
    return Table(centers, deciles)
