"""How demand falls around a forecast: a model of its scale, and tables of the standardized error.

Quantiles are those of ml.metrics.QUANTILES, 14 of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.demand_forecast import boosted
from ml.demand_forecast.combination import thirds
from ml.metrics import QUANTILES, Floats

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
# Of counts, whose quantiles change with every piece.
MOST_COUNT_BINS = 40


@dataclass(frozen=True)
class Table:
    """Quantiles of something by its size.

    Attributes:
        centers: Mean size of each bin, ascending, shape (bins,).
        quantiles: Shape (bins, 14), ascending along axis 1.
        means: Shape (bins,).
    """

    centers: Floats
    quantiles: Floats
    means: Floats

    def at(self, size: Floats) -> tuple[Floats, Floats]:
        """Return the mean, shape (m,), and the quantiles, shape (m, 14), at each size, between those of its bins."""
        quantiles = np.stack([np.interp(size, self.centers, column) for column in self.quantiles.T], axis=1)
        return np.interp(size, self.centers, self.means), quantiles


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
    """Turns forecasts into quantiles.

    Attributes:
        models: Models of the error over the level.
        law: Without any, the error is law[0] x forecast ^ law[1].
        tables: Third of the horizon to tables.
        horizon: Periods ahead.
        is_count: Whether demand comes in whole numbers: tables are then of demand plus a part of one, and quantiles are
            rounded down (Machado and Santos Silva 2005, "Quantiles for counts").
    """

    models: tuple[Any, ...]
    law: tuple[float, float]
    tables: Mapping[int, Tables]
    horizon: int
    is_count: bool = False

    def describe(
        self, matrix: np.ndarray | None, level: Floats, step: np.ndarray, center: Floats, highest: Floats
    ) -> tuple[Floats, Floats]:
        """Return the mean of demand, shape (m,), and its quantiles, shape (m, 14): ascending, between 0 and the
        highest value allowed.

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
        mean, result = np.zeros(len(center)), np.zeros((len(center), len(QUANTILES)))
        for part in np.unique(third):
            tables, rows = self._tables(int(part)), np.flatnonzero(third == part)
            error, errors = tables.errors.at(size[rows])
            mean[rows] = center[rows] + scale[rows] * error
            result[rows] = center[rows, None] + scale[rows, None] * errors
            group = np.searchsorted(tables.cuts, unusual[rows])
            for number, counts in enumerate(tables.counts):
                few = rows[(group == number) & (center[rows] < FEW)]
                error, errors = counts.at(_logged(center[few]))
                mean[few] = center[few] + error
                result[few] = center[few, None] + errors
        if self.is_count:
            result = np.floor(result)
        # Interpolated rows of an ascending table ascend up to rounding, which the running maximum removes.
        limited: Floats = np.maximum.accumulate(np.clip(result, 0.0, highest[:, None]), axis=1)
        return np.clip(mean, 0.0, highest), limited

    def _scale(self, matrix: np.ndarray | None, level: Floats, center: Floats) -> Floats:
        if matrix is None or not self.models:
            return _powered(self.law, center, level)
        shares = [model.predict(matrix, num_threads=boosted.threads(len(matrix))) for model in self.models]
        result: Floats = np.maximum(np.mean(shares, axis=0), LEAST_SCALE) * level
        return result

    def _tables(self, part: int) -> Tables:
        nearest = min(self.tables, key=lambda known: (abs(known - part), known))
        return self.tables[nearest]


# Of a history that holds nothing: all quantiles are the forecast.
NOTHING = Spread(
    (), (0.0, POWER), {0: Tables(Table(np.zeros(1), np.zeros((1, len(QUANTILES))), np.zeros(1)), np.zeros(0), ())}, 1
)


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
    third = thirds(step, horizon)
    parts = [np.flatnonzero(third == part) for part in np.unique(third)]
    tables = {
        int(third[rows[0]]): _tables(law, scale[rows], level[rows], center[rows], actual[rows], is_count=is_count)
        for rows in parts
    }
    return Spread(tuple(models), law, tables, horizon, is_count)


def _tables(
    law: tuple[float, float], scale: Floats, level: Floats, center: Floats, actual: Floats, *, is_count: bool
) -> Tables:
    error = actual - center
    # Quantiles of whole numbers are those of the number and a part of one; the mean needs none.
    jittered = error + np.random.default_rng(boosted.SEED).random(len(error)) if is_count else error
    errors = _tabulate(jittered / scale, error / scale, _dispersion(scale, center, level), scale)
    few = np.flatnonzero(center < FEW) if is_count else np.zeros(0, dtype=np.int64)
    if not len(few):
        return Tables(errors, np.zeros(0), ())
    unusual = _unusual(law, scale, center, level)[few]
    return Tables(errors, *_counts(center[few], jittered[few], error[few], unusual))


def _counts(center: Floats, jittered: Floats, error: Floats, unusual: Floats) -> tuple[Floats, tuple[Table, ...]]:
    groups = int(np.clip(len(center) // (MOST_BINS * CASES_PER_BIN), 1, GROUPS))
    cuts = np.unique(np.quantile(unusual, np.linspace(0, 1, groups + 1)[1:-1]))
    group, size, even = np.searchsorted(cuts, unusual), _logged(center), np.ones(len(center))
    found = []
    for number in range(len(cuts) + 1):
        # A group without a case, where many are alike, takes the table of all.
        rows = group == number if (group == number).any() else np.full(len(group), True)
        found.append(_tabulate(jittered[rows], error[rows], size[rows], even[rows], MOST_COUNT_BINS))
    return cuts, tuple(found)


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


def _tabulate(values: Floats, plain: Floats, size: Floats, weight: Floats, most: int = MOST_BINS) -> Table:
    """Take, in bins of like size, the quantiles of values, and the weighted mean of what they are without a jitter."""
    bins = int(np.clip(len(size) // CASES_PER_BIN, 1, most))
    edges = np.unique(np.quantile(size, np.linspace(0, 1, bins + 1)))
    place = np.clip(np.searchsorted(edges, size, side="right") - 1, 0, max(len(edges) - 2, 0))
    bin_rows = [np.flatnonzero(place == number) for number in np.unique(place)]
    return Table(
        np.array([size[rows].mean() for rows in bin_rows]),
        np.array([np.quantile(values[rows], QUANTILES) for rows in bin_rows]),
        np.array([np.average(plain[rows], weights=weight[rows]) for rows in bin_rows]),
    )
