"""The index: monotone curves of the indicators and the weights with which they add up.

    health = 100 x (sum over the indicators of weight x component)

A component tells where an indicator stands, 0 (worst) to 1 (best), on a curve that only rises in the direction of its
sign. The weights are 0 or more and add up to 1, so health lies between 0 and 100 and every row can be checked by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ml.metrics import Floats
from ml.product_health.indicators import NAMES, oriented

SHAPED, STRAIGHT, EQUAL = "shaped", "straight", "equal_weights"
# Steps of a curve: the data shape a curve of ten, a curve of one follows the ranks as they are.
STEPS = {SHAPED: 10, STRAIGHT: 1}
CANDIDATES = (SHAPED, STRAIGHT, EQUAL)
KNOTS = 101
# Of the mean variance of a step: how strongly weights are drawn towards equal ones, which settles what figures that
# say nearly the same leave open.
SHRINKAGE = 0.1
DIGITS = 6
SEED = 20170101
# More say nothing new, and bound the memory of large companies.
MAXIMUM_ROWS = 100_000


@dataclass(frozen=True)
class Model:
    """A fitted index.

    Attributes:
        name: One of CANDIDATES.
        values: Knots of each indicator, rising; turned so that more is healthier. None where it was never known.
        ranks: Percentile rank at each knot, 0 to 1.
        steps: How much each tenth (or the whole) of the ranks raises health; 0 or more, all together 1.
        form: Of these fields; a model that was stored in another form is not read.
    """

    FORM: ClassVar[int] = 1
    name: str
    values: dict[str, Any]
    ranks: dict[str, Any]
    steps: dict[str, tuple[float, ...]]
    form: int = FORM

    @property
    def weights(self) -> dict[str, float]:
        """What each indicator weighs where all are known, adding up to 1."""
        return {name: sum(steps) for name, steps in self.steps.items()}


def equal(known: pd.DataFrame) -> Model:
    """Return the index that needs no outcome: ranks as they are, and all indicators weigh the same.

    Args:
        known: Figures of products, columns NAMES.
    """
    values, ranks = _curves(known)
    return Model(EQUAL, values, ranks, {name: (1 / len(NAMES),) for name in NAMES})


def fit(name: str, rows: pd.DataFrame) -> Model:
    """Learn an index.

    Non-negative least squares of the target on the steps of all curves, drawn towards equal weights. An unknown figure
    stands at the mean of its curve there, and an indicator that is the same everywhere weighs nothing.

    Args:
        name: One of CANDIDATES.
        rows: Figures, columns NAMES, and ``target``.
    """
    flat = equal(rows)
    if name == EQUAL:
        return flat
    if len(rows) > MAXIMUM_ROWS:
        rows = rows.sample(MAXIMUM_ROWS, random_state=SEED)
    count = STEPS[name]
    varying = [one for one in NAMES if flat.values[one] is not None and len(flat.values[one]) > 1]
    columns = [_steps(_ranks(flat, rows, one), count) for one in varying]
    if not columns:
        return flat
    design = np.hstack([np.nan_to_num(part - _column_means(part)) for part in columns])
    target = rows["target"].to_numpy(dtype=np.float64)
    increments = _solved(design, target - target.mean()).reshape(len(varying), count)
    total = increments.sum()
    if not total > 0:
        return flat
    learnt = {one: tuple(float(step) for step in line / total) for one, line in zip(varying, increments, strict=True)}
    return Model(name, flat.values, flat.ranks, dict.fromkeys(NAMES, (0.0,)) | learnt)


def components(model: Model, known: pd.DataFrame) -> pd.DataFrame:
    """Return where each indicator of each row stands on its curve, 0 to 1; nan where its figure is not known.

    An indicator that weighs nothing stands at its rank.
    """
    found = {}
    for name in NAMES:
        ranks, steps = _ranks(model, known, name), np.array(model.steps[name])
        total = steps.sum()
        found[name] = _steps(ranks, len(steps)) @ steps / total if total > 0 else ranks
    return pd.DataFrame(found, index=known.index).clip(0.0, 1.0).round(DIGITS)


def weights(model: Model, parts: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Return what each indicator weighs in each row, and which share of the weights is known of the row.

    What indicators weigh that are not known is spread over the known ones by their weights, or evenly where these weigh
    nothing.

    Args:
        model: Fitted index.
        parts: Result of ``components``.
    """
    is_known = parts.notna().to_numpy()
    own = is_known * np.array([model.weights[name] for name in NAMES])
    share = own.sum(axis=1)
    spread = np.where(share[:, None] > 0, own, is_known)
    spread = spread / np.maximum(spread.sum(axis=1), 1e-12)[:, None]
    frame = pd.DataFrame(spread, index=parts.index, columns=NAMES).round(DIGITS)
    return frame, pd.Series(share, index=parts.index).clip(0.0, 1.0).round(DIGITS)


def health(parts: pd.DataFrame, shares: pd.DataFrame) -> pd.Series:
    """Return 100 x the sum of component x weight of each row, within 0 and 100.

    Args:
        parts: Result of ``components``.
        shares: Weights of the rows, as ``weights`` returns them.
    """
    return (100 * (parts.fillna(0.0) * shares).sum(axis=1)).clip(0.0, 100.0)


def predict(model: Model, known: pd.DataFrame) -> Floats:
    """Return the health of figures, 0 to 100."""
    parts = components(model, known)
    return health(parts, weights(model, parts)[0]).to_numpy(dtype=np.float64)


def _curves(known: pd.DataFrame) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return knots and ranks of each indicator: the middle rank of each value, stretched to reach from 0 to 1."""
    values: dict[str, Any] = {}
    ranks: dict[str, Any] = {}
    for name, column in oriented(known).items():
        found, counts = np.unique(column.dropna().to_numpy(dtype=np.float64), return_counts=True)
        if not len(found):
            values[str(name)] = ranks[str(name)] = None
            continue
        middle = np.cumsum(counts) - counts / 2
        chosen = np.unique(np.linspace(0, len(found) - 1, min(len(found), KNOTS)).round().astype(int))
        span = middle[-1] - middle[0]
        values[str(name)] = found[chosen]
        # What is the same everywhere is as good as any.
        ranks[str(name)] = (middle[chosen] - middle[0]) / span if span > 0 else np.ones(1)
    return values, ranks


def _ranks(model: Model, known: pd.DataFrame, name: str) -> Floats:
    column = oriented(known)[name].to_numpy(dtype=np.float64)
    if model.values[name] is None:
        return np.full(len(column), np.nan)
    ranks: Floats = np.interp(column, model.values[name], model.ranks[name])
    return np.where(np.isnan(column), np.nan, ranks)


def _steps(ranks: Floats, count: int) -> Floats:
    """Return how much of each of the steps from 0 to 1 a rank has climbed, shape (n, count)."""
    climbed: Floats = np.clip(ranks[:, None] * count - np.arange(count), 0.0, 1.0)
    return climbed


def _column_means(part: Floats) -> Floats:
    known = ~np.isnan(part)
    means: Floats = np.nansum(part, axis=0) / np.maximum(known.sum(axis=0), 1)
    return means


def _solved(design: Floats, target: Floats) -> Floats:
    """Return the non-negative increments nearest to the target, drawn towards equal ones of the best common size."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls

    gram, moment = design.T @ design / len(target), design.T @ target / len(target)
    common = design.sum(axis=1)
    power = common @ common
    size = max(common @ target / power, 0.0) if power > 0 else 0.0
    pull = SHRINKAGE * np.trace(gram) / len(gram) + 1e-12
    lower = cholesky(gram + pull * np.eye(len(gram)), lower=True)
    increments: Floats = nnls(lower.T, solve_triangular(lower, moment + pull * size, lower=True))[0]
    return increments
