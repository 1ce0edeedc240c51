"""Accuracy measures of point and quantile forecasts; e = actual - forecast."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

DECILES: Floats = np.round(np.arange(1, 10) / 10, 1)


def pinball(actual: ArrayLike, forecast: ArrayLike, level: float) -> float:
    """Return the mean quantile loss of one level, in units of the actual.

    Args:
        actual: Observed values.
        forecast: Quantile forecasts, same shape.
        level: Probability of the quantile, between 0 and 1.
    """
    error = _floats(actual) - _floats(forecast)
    return float(np.mean(np.maximum(level * error, (level - 1) * error)))


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
    """Return (forecast - actual) / actual over the sums; positive means over-forecast, nan where actuals sum to 0."""
    observed = _floats(actual)
    return float(_ratio((_floats(forecast) - observed).sum(), observed.sum()))


def naive_scale(training: ArrayLike, season: int = 1, power: int = 1) -> float:
    """Return the mean in-sample error of the (seasonal) naive forecast, the scale of MASE and RMSSE.

    Args:
        training: One series, oldest first; nan where the week is not known.
        season: Lag of the naive forecast in periods.
        power: 1 for absolute errors (MASE), 2 for squared errors (RMSSE).

    Returns:
        The scale, or nan where the series is too short.
    """
    history = _floats(training)
    steps = np.abs(history[season:] - history[:-season]) ** power if len(history) > season else np.empty(0)
    steps = steps[~np.isnan(steps)]
    return float(steps.mean()) if len(steps) else float("nan")


def mase(actual: ArrayLike, forecast: ArrayLike, training: ArrayLike, season: int = 1) -> float:
    """Return mean absolute error over the in-sample error of the (seasonal) naive forecast (Hyndman & Koehler 2006)."""
    return float(_ratio(np.abs(_floats(actual) - _floats(forecast)).mean(), naive_scale(training, season)))


def rmsse(actual: ArrayLike, forecast: ArrayLike, training: ArrayLike, season: int = 1) -> float:
    """Return the root of mean squared error over the naive forecast's in-sample mean squared error (M5 guide)."""
    squared = ((_floats(actual) - _floats(forecast)) ** 2).mean()
    return float(np.sqrt(_ratio(squared, naive_scale(training, season, power=2))))


def coverage(actual: ArrayLike, quantiles: ArrayLike) -> Floats:
    """Return the share of actuals at or below each quantile, shape (k,): equal to its level where calibrated.

    Args:
        actual: Observed values, shape (n,).
        quantiles: Quantile forecasts, shape (n, k).
    """
    shares: Floats = (_floats(actual)[:, None] <= _floats(quantiles)).mean(axis=0)
    return shares


def tracking_signal(actual: ArrayLike, forecast: ArrayLike) -> float:
    """Return summed errors (actual - forecast) over their mean absolute value; alarms are usual beyond +-4."""
    error = _floats(actual) - _floats(forecast)
    return float(_ratio(error.sum(), np.abs(error).mean()))


def value_added(actual: ArrayLike, forecast: ArrayLike, baseline: ArrayLike) -> float:
    """Return the WAPE that the forecast saves against a baseline stage; positive is better (forecast value added)."""
    return wape(actual, baseline) - wape(actual, forecast)


def _floats(values: ArrayLike) -> Floats:
    return np.asarray(values, dtype=np.float64)


def _ratio(numerator: float, denominator: float) -> float:
    return numerator / denominator if denominator else float("nan")
