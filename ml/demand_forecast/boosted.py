"""Gradient-boosted models over all series at once, each looking any number of steps ahead directly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np

from ml.demand_forecast.features import Features
from ml.demand_forecast.windows import Indices
from ml.metrics import Floats

SEED = 7
# Ratios to the level beyond this are cut in training: one spike would outweigh everything else.
LARGEST_RATIO = 100.0
# The Poisson loss refuses a history of nothing but zeros.
SMALLEST_RATIO = 1e-9
# Fewer periods than this before an origin show a model nothing.
LEAST_PERIODS = 3
# Threads wait for each other after every split, which costs more than it brings where splits are small.
CASES_FOR_THREADS = 50_000
# Draws per wanted row, as some fall on periods that are not observed.
SURPLUS = 1.4
COMMON = {
    "learning_rate": 0.1,
    "num_leaves": 63,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 1.0,
    "max_bin": 127,
    "min_sum_hessian_in_leaf": 1e-6,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
    "seed": SEED,
}
# Name to loss, and whether the square root of the ratio is learnt, whose spread depends less on the level.
MEAN, MEDIAN, ROOT = "boosted_mean", "boosted_median", "boosted_root"
LOSSES = {MEAN: ("poisson", False), MEDIAN: ("regression_l1", False), ROOT: ("regression", True)}


@dataclass(frozen=True)
class Rows:
    """Training or scoring cases: series, periods known, steps ahead; each of shape (m,)."""

    row: Indices
    origin: Indices
    step: Indices

    def take(self, chosen: np.ndarray) -> Rows:
        """Return some of them."""
        return Rows(self.row[chosen], self.origin[chosen], self.step[chosen])

    @property
    def target(self) -> Indices:
        """Column of the period forecast."""
        result: Indices = self.origin + self.step - 1
        return result


@dataclass(frozen=True)
class Boosted:
    """A fitted model: the booster, and whether its answers are square roots."""

    booster: Any
    is_root: bool

    def predict(self, matrix: np.ndarray, level: Floats) -> Floats:
        """Return demand, shape (m,), not negative: 0 where the level is 0."""
        ratio = np.maximum(self.booster.predict(matrix, num_threads=threads(len(matrix))), 0.0)
        result: Floats = (ratio**2 if self.is_root else ratio) * level
        return result


def threads(cases: int) -> int:
    """Return how many threads serve so many cases best: one for few, otherwise ORW_FORECAST_THREADS, or as many as
    there are processors that nothing else kept busy when this process began to learn.

    The outcome does not depend on it.
    """
    return 1 if cases < CASES_FOR_THREADS else _most_threads()


@cache
def _most_threads() -> int:
    # Beside other busy processes two threads that wait for each other take twice as long as one.
    idle = len(os.sched_getaffinity(0)) - round(os.getloadavg()[0])
    return int(os.environ.get("ORW_FORECAST_THREADS", 0)) or max(idle, 1)


def every(rows: Indices, origin: int, horizon: int) -> Rows:
    """Return the cases of some series at one origin, series by series."""
    steps = np.arange(1, horizon + 1)
    return Rows(
        np.repeat(rows, horizon), np.full(len(rows) * horizon, origin), np.tile(steps, len(rows)).astype(np.int64)
    )


def draw(features: Features, horizon: int, length: int, wanted: int, seed: int) -> Rows:
    """Draw training cases whose target lies within the first periods, and was observed.

    Args:
        features: Of the panel.
        horizon: Most steps ahead.
        length: Periods of the panel that may be seen.
        wanted: Most rows.
        seed: Of the draw.
    """
    count = len(features.panel.ids)
    first = min(features.period.short, max(length - horizon - 1, LEAST_PERIODS))
    possible = count * max(length - first, 0) * horizon
    if possible <= wanted * SURPLUS:
        grid = np.meshgrid(np.arange(count), np.arange(first, length), np.arange(1, horizon + 1), indexing="ij")
        rows = Rows(*(axis.ravel() for axis in grid))
    else:
        generator, number = np.random.default_rng(seed), int(wanted * SURPLUS)
        rows = Rows(
            generator.integers(0, count, number),
            generator.integers(first, length, number),
            generator.integers(1, horizon + 1, number),
        )
    return rows.take(np.flatnonzero(usable(features, rows, length))[:wanted])


def usable(features: Features, rows: Rows, length: int) -> np.ndarray:
    """Tell which cases have a target known within the first periods, and an origin not before the series began."""
    inside = np.minimum(rows.target, len(features.panel.periods) - 1)
    is_known = ~np.isnan(features.panel.target[rows.row, inside])
    has_begun = rows.origin >= features.windows.first[rows.row]
    is_usable: np.ndarray = (rows.target < length) & is_known & has_begun
    return is_usable


class Trainer(Protocol):
    """Fits models on the same cases, as train does."""

    def __call__(self, matrix: np.ndarray, weight: Floats, labels: Mapping[str, Floats], trees: int) -> dict[str, Any]:
        """Return name to booster."""


def train(matrix: np.ndarray, weight: Floats, labels: Mapping[str, Floats], trees: int) -> dict[str, Any]:
    """Fit models on the same cases in this process.

    Args:
        matrix: Features, shape (m, features).
        weight: Of each case, shape (m,).
        labels: Name of LOSSES to what is learnt, shape (m,).
        trees: Rounds of boosting.

    Returns:
        Name to booster.
    """
    import lightgbm

    common = COMMON | {"num_threads": threads(len(matrix))}
    data = lightgbm.Dataset(matrix, weight=weight, params=common, free_raw_data=False)
    boosters = {}
    for name, label in labels.items():
        data.set_label(label)
        boosters[name] = lightgbm.train(common | {"objective": LOSSES[name][0]}, data, trees)
    return boosters


def fit(
    names: tuple[str, ...], features: Features, rows: Rows, *, trees: int, trainer: Trainer = train
) -> dict[str, Boosted]:
    """Fit models on the same cases.

    The target is demand over the base level, and a case weighs as much as its level, so that units count alike: for
    counts, whose variance grows with the mean, that is also the weight of least variance.

    Args:
        names: Of LOSSES.
        features: Of the panel.
        rows: Cases.
        trees: Rounds of boosting.
        trainer: What fits them.

    Returns:
        Name to model; empty where no case has a level above 0.
    """
    matrix, level = features.make(rows.row, rows.origin, rows.step)
    chosen = np.flatnonzero(level > 0)
    if not len(chosen):
        return {}
    matrix, level = matrix[chosen], level[chosen]
    demand = np.maximum(features.panel.target[rows.row[chosen], rows.target[chosen]], 0.0)
    ratio = np.clip(demand / level, SMALLEST_RATIO, LARGEST_RATIO)
    labels = {name: np.sqrt(ratio) if LOSSES[name][1] else ratio for name in names}
    boosters = trainer(matrix, level / level.mean(), labels, trees)
    return {name: Boosted(boosters[name], LOSSES[name][1]) for name in names}
