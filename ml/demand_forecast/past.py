"""What earlier forecasts were worth: candidates at past origins, fitted on what was known before, beside what came."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np

from ml.demand_forecast import boosted, classes, local
from ml.demand_forecast.boosted import MEDIAN, ROOT, Boosted, Rows, Trainer
from ml.demand_forecast.features import Features
from ml.metrics import Floats

log = logging.getLogger(__name__)

CENTERS = (MEDIAN, ROOT)
FOLDS = 2
ORIGINS_PER_FOLD = 3
# A fold is at most this share of the history long, or the first would learn from next to nothing.
LONGEST_SHARE = 5
LEAST_LENGTH = 6
# Cases of all folds together; more say little more and take longer.
MOST_CASES = 180_000
TRAINING_ROWS = 120_000
TREES = 100
# Candidates whose ratio to the level tells the spread how far they disagree.
TELLING = (MEDIAN, ROOT, local.NAIVE, local.TSB)


@dataclass(frozen=True)
class Cases:
    """Forecasts of candidates; one row per series, origin and step, shape (m,) but for the matrix.

    Attributes:
        rows: Which.
        matrix: Features, shape (m, features).
        level: Base level.
        classes: Demand class of the series.
        candidates: Name to forecast of demand.
    """

    rows: Rows
    matrix: np.ndarray
    level: Floats
    classes: np.ndarray
    candidates: dict[str, Floats]

    def with_ratios(self, center: Floats) -> np.ndarray:
        """Return the features and the ratio of candidates, and of the forecast itself, to the level."""
        inverse = np.divide(1.0, self.level, out=np.zeros(len(self.level)), where=self.level > 0)
        telling = (self.candidates[name] for name in TELLING if name in self.candidates)
        ratios = [values * inverse for values in (center, *telling)]
        return np.column_stack([self.matrix, *ratios]).astype(np.float32)


def folds(length: int, horizon: int) -> list[int]:
    """Return how much history the models of each fold learn from, ascending; none where the history is too short."""
    step = min(horizon, max(length // LONGEST_SHARE, 1))
    return [length - step * number for number in range(FOLDS, 0, -1) if length - step * number >= LEAST_LENGTH]


def collect(
    features: Features, horizon: int, naive_season: int, seed: int, trainer: Trainer = boosted.train
) -> tuple[Cases, Floats] | None:
    """Forecast from past origins with models that had seen nothing after their fold began.

    Args:
        features: Of the panel.
        horizon: Periods ahead.
        naive_season: Lag of the seasonal naive forecast.
        seed: Of the draws.
        trainer: What fits the models.

    Returns:
        The forecasts and what came, nan where it was not observed; None without a fold that has any.
    """
    length = len(features.panel.periods)
    starts = folds(length, horizon)
    parts = []
    for number, start in enumerate(starts):
        rows = boosted.draw(features, horizon, start, TRAINING_ROWS, seed + number)
        models = boosted.fit(CENTERS, features, rows, trees=TREES, trainer=trainer)
        if not models:
            continue
        step = max(horizon // ORIGINS_PER_FOLD, 1)
        for origin in range(start, min(start + horizon, length), step):
            chosen = _chosen(features, origin, horizon, len(starts), seed + origin)
            if len(chosen):
                parts.append(cases(features, models, chosen, origin, horizon, naive_season))
        log.info("learnt from %s what forecasts were worth", features.panel.periods[start - 1].date())
    if not parts:
        return None
    joined = _joined(parts)
    inside = np.minimum(joined.rows.target, length - 1)
    actual = np.where(joined.rows.target < length, features.panel.target[joined.rows.row, inside], np.nan)
    return joined, actual


def cases(
    features: Features, models: dict[str, Boosted], rows: np.ndarray, origin: int, horizon: int, naive_season: int
) -> Cases:
    """Forecast some series of a panel from one origin with every candidate, series by series."""
    every = boosted.every(rows, origin, horizon)
    matrix, level = features.make(every.row, every.origin, every.step)
    known = features.panel.filled[rows, :origin]
    candidates = {name: model.predict(matrix, level) for name, model in models.items()}
    own = local.forecast(known, horizon, naive_season)
    candidates |= {name: mean.ravel() for name, mean in own.items()}
    kind = classes.classify(features.panel.demand[rows, :origin])
    return Cases(every, matrix, level, np.repeat(kind, horizon), candidates)


def _chosen(features: Features, origin: int, horizon: int, starts: int, seed: int) -> np.ndarray:
    """Draw series that had begun, so many that all origins together keep within the limit."""
    begun = np.flatnonzero(features.windows.first < origin)
    most = max(MOST_CASES // (starts * ORIGINS_PER_FOLD * horizon), 1)
    if len(begun) <= most:
        return begun
    return np.sort(np.random.default_rng(seed).choice(begun, most, replace=False))


def _joined(parts: list[Cases]) -> Cases:
    def along(name: str) -> np.ndarray:
        return np.concatenate([getattr(part.rows, name) for part in parts])

    return Cases(
        Rows(along("row"), along("origin"), along("step")),
        np.concatenate([part.matrix for part in parts]),
        np.concatenate([part.level for part in parts]),
        np.concatenate([part.classes for part in parts]),
        {name: np.concatenate([part.candidates[name] for part in parts]) for name in parts[0].candidates},
    )
