"""Accuracy measures of point and quantile forecasts; e = actual - forecast."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

DECILES: Floats = np.round(np.arange(1, 10) / 10, 1)
# What is stored: the deciles, quartiles, and the levels that stock is held by.
QUANTILES: Floats = np.array([0.05, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.95, 0.975])


def wql(actual: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> float:
    """Return the weighted quantile loss: mean over levels of 2 x summed pinball / summed absolute actuals.

    Source: the definition of AWS Forecast's wQL. It is 0 for a perfect forecast; with the median alone it is WAPE.

    Args:
        actual: Observed values, shape (n,).
        quantiles: Quantile forecasts, shape (n, k).
        levels: Probabilities of the k columns.

    Returns:
        The loss, or nan where the actuals sum to nothing.
    """
    observed, forecasts, probabilities = _floats(actual), _floats(quantiles), _floats(levels)
    error = observed[:, None] - forecasts
    losses = np.maximum(probabilities * error, (probabilities - 1) * error).sum(axis=0)
    return float(_ratio(2 * losses.mean(), np.abs(observed).sum()))


def wape(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return summed absolute errors over summed absolute actuals; nan where those sum to nothing."""
    observed = _floats(actual)
    return float(_ratio(np.abs(observed - _floats(forecast)).sum(), np.abs(observed).sum()))


def bias(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return (forecast - actual) / |actual| over the sums; positive is over-forecast, nan where actuals sum to 0."""
    observed = _floats(actual)
    return float(_ratio((_floats(forecast) - observed).sum(), abs(observed.sum())))


def naive_scales(training: Floats, season: int) -> Floats:
    """Return the mean absolute in-sample error of the seasonal naive forecast, the scale of MASE.

    Source: Hyndman & Koehler 2006.

    Args:
        training: One row per series, oldest first, shape (n, t); nan where the period is not known.
        season: Lag of the naive forecast in periods.

    Returns:
        Shape (n,), nan where a series is too short or has no error.
    """
    steps = np.abs(training[:, season:] - training[:, :-season])
    count = (~np.isnan(steps)).sum(axis=1)
    scale = np.nansum(steps, axis=1) / np.maximum(count, 1)
    return np.where(scale > 0, scale, np.nan)


def coverage(actual: ArrayLike, quantiles: ArrayLike) -> Floats:
    """Return the share of actuals at or below each quantile, shape (k,): equal to its level where calibrated.

    Args:
        actual: Observed values, shape (n,).
        quantiles: Quantile forecasts, shape (n, k).
    """
    shares: Floats = (_floats(actual)[:, None] <= _floats(quantiles)).mean(axis=0)
    return shares


def balanced_coverage(actual: ArrayLike, quantiles: ArrayLike, levels: ArrayLike) -> Floats:
    """Return the coverage of each quantile with ties shared out, shape (k,): equal to its level where calibrated.

    An actual equal to several quantiles of its forecast lies in a step of the distribution, as demand of 0 often
    does. It counts for each level by the share of the step that lies below that level, which is what a randomized
    probability integral transform expects (Czado, Gneiting and Held 2009, "Predictive model assessment for count
    data").

    Args:
        actual: Observed values, shape (n,).
        quantiles: Quantile forecasts, ascending along axis 1, shape (n, k).
        levels: Probabilities of the k columns, ascending.
    """
    observed, forecasts, probabilities = _floats(actual), _floats(quantiles), _floats(levels)
    edges = np.concatenate([[0.0], probabilities, [1.0]])
    below, up_to = (forecasts < observed[:, None]).sum(axis=1), (forecasts <= observed[:, None]).sum(axis=1)
    # Between two quantiles nothing is known of where: the step is from the one below to the one above.
    low, high = edges[below], edges[up_to + 1]
    shares = np.clip((probabilities[None, :] - low[:, None]) / (high - low)[:, None], 0.0, 1.0)
    result: Floats = shares.mean(axis=0)
    return result


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
