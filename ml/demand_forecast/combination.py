"""Which candidates to combine, per demand class and third of the horizon, by what past forecasts were worth."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ml.metrics import DECILES, Floats

ALL = "all"
THIRDS = 3
# A cell with fewer past forecasts is served by the combination of all classes.
LEAST_CASES = 400
MOST_CASES = 12_000
MOST_MEMBERS = 4
# What another member must take off the loss.
LEAST_GAIN = 0.002
CASES_PER_BIN = 150
MOST_BINS = 10

Weights = dict[tuple[str, int], dict[str, float]]


def thirds(step: np.ndarray, horizon: int) -> np.ndarray:
    """Return the third of the horizon each step lies in, from 0."""
    third: np.ndarray = np.minimum((step - 1) * min(THIRDS, horizon) // horizon, THIRDS - 1)
    return third


def choose(
    candidates: Mapping[str, Floats], actual: Floats, classes: np.ndarray, third: np.ndarray, seed: int
) -> Weights:
    """Choose members greedily: the best candidate, then whatever lowers the loss of the mean most.

    The loss is that of deciles read off the past itself around forecasts of like size (Caruana and others, 2004,
    "Ensemble selection from libraries of models", with the quantile loss for theirs).

    Args:
        candidates: Name to past forecasts, shape (m,).
        actual: What came, same shape, nan where it was not observed.
        classes: Demand class of each case.
        third: Third of the horizon of each case.
        seed: Of the draw where there are many cases.

    Returns:
        (class or ``all``, third) to member and weight; weights sum to 1.
    """
    generator = np.random.default_rng(seed)
    weights: Weights = {}
    for name in (ALL, *np.unique(classes)):
        for part in np.unique(third):
            chosen = np.flatnonzero((third == part) & ((classes == name) | (name == ALL)) & ~np.isnan(actual))
            if len(chosen) < LEAST_CASES and name != ALL or not len(chosen):
                continue
            if len(chosen) > MOST_CASES:
                chosen = generator.choice(chosen, MOST_CASES, replace=False)
            members = _members({key: values[chosen] for key, values in candidates.items()}, actual[chosen])
            weights[str(name), int(part)] = {key: members.count(key) / len(members) for key in dict.fromkeys(members)}
    return weights


def combine(weights: Weights, candidates: Mapping[str, Floats], classes: np.ndarray, third: np.ndarray) -> Floats:
    """Return the combined forecasts, shape (m,)."""
    combined = np.zeros(len(classes))
    for name in np.unique(classes):
        for part in np.unique(third):
            rows = np.flatnonzero((classes == name) & (third == part))
            for member, weight in _lookup(weights, str(name), int(part)).items():
                combined[rows] += weight * candidates[member][rows]
    return combined


def names(weights: Weights, classes: np.ndarray, third: np.ndarray) -> np.ndarray:
    """Return what each case is combined of, such as ``boosted_median+tsb``, shape (m,)."""
    result = np.empty(len(classes), dtype=object)
    for name in np.unique(classes):
        for part in np.unique(third):
            members = _lookup(weights, str(name), int(part))
            result[(classes == name) & (third == part)] = "+".join(sorted(members))
    return result


def _lookup(weights: Weights, name: str, part: int) -> dict[str, float]:
    """Find a cell's weights; where the past never reached so far ahead, the nearest earlier third serves."""
    parts = [*range(part, -1, -1), *range(part + 1, THIRDS)]
    keys = [(name, part), *((ALL, other) for other in parts)]
    return next(weights[key] for key in keys if key in weights)


def _members(candidates: Mapping[str, Floats], actual: Floats) -> list[str]:
    members: list[str] = []
    total, lowest = np.zeros(len(actual)), np.inf
    while len(members) < MOST_MEMBERS:
        losses = {name: loss((total + values) / (len(members) + 1), actual) for name, values in candidates.items()}
        best = min(losses, key=lambda name: (losses[name], name))
        if losses[best] > lowest * (1 - LEAST_GAIN):
            break
        lowest, total = losses[best], total + candidates[best]
        members.append(best)
    return members or [min(candidates)]


def loss(mean: Floats, actual: Floats) -> float:
    """Return the summed quantile loss of deciles that the actuals themselves show around forecasts of like size."""
    order = np.argsort(mean, kind="stable")
    bins = int(np.clip(len(mean) // CASES_PER_BIN, 1, MOST_BINS))
    total = 0.0
    for rows in np.array_split(order, bins):
        center = mean[rows]
        plain = _pinball(actual[rows], np.quantile(actual[rows], DECILES)[None, :])
        if center[0] <= 0:
            total += plain
            continue
        scaled = np.quantile(actual[rows] / center, DECILES)[None, :] * center[:, None]
        # Rare demand is told by counts, the rest grows with the forecast (spread.py does either).
        total += min(plain, _pinball(actual[rows], scaled))
    return total


def _pinball(actual: Floats, quantiles: Floats) -> float:
    error = actual[:, None] - quantiles
    return float(np.maximum(DECILES * error, (DECILES - 1) * error).sum())
