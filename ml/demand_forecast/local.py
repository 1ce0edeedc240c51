"""Forecasts of each series by itself, all series at once: naive, averages, exponential smoothing, Croston's kin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.metrics import Floats

NAIVE, AVERAGE, SMOOTHING, THETA = "seasonal_naive", "window_average", "exponential_smoothing", "theta"
SBA, TSB = "croston_sba", "tsb"
WINDOW = 26
RATES = (0.05, 0.1, 0.2, 0.3, 0.5, 0.8)
# Of sizes and of chances in TSB, of sizes and of intervals in Croston's method.
RATE = 0.1
# A trend is half of the straight line's through the history, as the theta method of Assimakopoulos and Nikolopoulos
# (2000) has it, and at least so many periods long.
LEAST_TREND = 8


def forecast(filled: Floats, horizon: int, naive_season: int) -> dict[str, Floats]:
    """Forecast with every method.

    Args:
        filled: Demand, shape (n, t), nan before a series begins.
        horizon: Periods ahead.
        naive_season: Lag of the seasonal naive forecast; 1 makes it the last value.

    Returns:
        Method to demand, shape (n, horizon), not negative; 0 for a series without history.
    """
    smooth, alpha = _smoothed(filled)
    flat: dict[str, Callable[[], Floats]] = {
        AVERAGE: lambda: _average(filled), SMOOTHING: lambda: smooth, SBA: lambda: croston_sba(filled),
        TSB: lambda: tsb(filled),
    }  # fmt: skip
    means = {name: np.repeat(method()[:, None], horizon, axis=1) for name, method in flat.items()}
    means[NAIVE] = seasonal_naive(filled, horizon, naive_season)
    means[THETA] = _theta(filled, smooth, alpha, horizon)
    return {name: np.maximum(np.nan_to_num(mean), 0.0) for name, mean in means.items()}


def seasonal_naive(filled: Floats, horizon: int, season: int) -> Floats:
    """Repeat the last season; a series younger than that repeats its last value."""
    last = np.repeat(filled[:, -1:], horizon, axis=1)
    if season > filled.shape[1]:
        return last
    repeated = filled[:, filled.shape[1] - season + np.arange(horizon) % season]
    return np.where(np.isnan(repeated), last, repeated)


def croston_sba(filled: Floats, rate: float = RATE) -> Floats:
    """Return the Syntetos-Boylan approximation of Croston's forecast: (1 - rate/2) x size / interval, shape (n,).

    Sizes and intervals are smoothed from the first demand on, whose interval counts from the series' beginning.
    """
    size, interval, since = (np.zeros(len(filled)) for _ in range(3))
    has_sold = np.zeros(len(filled), dtype=bool)
    for demand in filled.T:
        since += ~np.isnan(demand)
        is_sale = np.nan_to_num(demand) > 0
        weight = np.where(has_sold, rate, 1.0)
        size = np.where(is_sale, size + weight * (demand - size), size)
        interval = np.where(is_sale, interval + weight * (since - interval), interval)
        has_sold |= is_sale
        since[is_sale] = 0
    result: Floats = np.divide((1 - rate / 2) * size, interval, out=np.zeros(len(filled)), where=interval > 0)
    return result


def tsb(filled: Floats, rate: float = RATE) -> Floats:
    """Return the forecast of Teunter, Syntetos and Babai (2011): smoothed chance x smoothed size, shape (n,)."""
    size, chance = np.zeros(len(filled)), np.zeros(len(filled))
    has_begun, has_sold = np.zeros(len(filled), dtype=bool), np.zeros(len(filled), dtype=bool)
    for demand in filled.T:
        begun, is_sale = ~np.isnan(demand), np.nan_to_num(demand) > 0
        step = np.where(has_begun, rate, 1.0)
        chance = np.where(begun, chance + step * (is_sale - chance), chance)
        size = np.where(is_sale, size + np.where(has_sold, rate, 1.0) * (demand - size), size)
        has_begun |= begun
        has_sold |= is_sale
    return chance * size


def _average(filled: Floats) -> Floats:
    recent = filled[:, -WINDOW:]
    count = (~np.isnan(recent)).sum(axis=1)
    result: Floats = np.nansum(recent, axis=1) / np.maximum(count, 1)
    return result


def _smoothed(filled: Floats) -> tuple[Floats, Floats]:
    """Simple exponential smoothing, each series with the rate that would have forecast its next periods best."""
    best, chosen, rates = np.full(len(filled), np.inf), np.zeros(len(filled)), np.zeros(len(filled))
    for rate in RATES:
        level, error = np.full(len(filled), np.nan), np.zeros(len(filled))
        for demand in filled.T:
            begun = ~np.isnan(demand)
            error += np.where(begun & ~np.isnan(level), np.nan_to_num(demand - level) ** 2, 0.0)
            level = np.where(np.isnan(level), demand, np.where(begun, level + rate * (demand - level), level))
        is_better = error < best
        best, chosen = np.where(is_better, error, best), np.where(is_better, level, chosen)
        rates[is_better] = rate
    return chosen, rates


def _theta(filled: Floats, smooth: Floats, rate: Floats, horizon: int) -> Floats:
    """Smoothing with drift: half of the slope of the line through the history, from the smoothed level on."""
    begun = ~np.isnan(filled)
    when, count = np.arange(filled.shape[1], dtype=float), begun.sum(axis=1)
    middle = (begun * when).sum(axis=1) / np.maximum(count, 1)
    away = np.where(begun, when - middle[:, None], 0.0)
    slope = (away * np.nan_to_num(filled)).sum(axis=1) / np.maximum((away**2).sum(axis=1), 1.0)
    drift = np.where(count >= LEAST_TREND, slope / 2, 0.0)
    # Hyndman and Billah (2003): the level lags behind the drift by (1 - (1 - rate)^n) / rate periods.
    lag = (1 - (1 - rate) ** count) / np.maximum(rate, 1e-9)
    steps = np.arange(horizon)
    result: Floats = smooth[:, None] + drift[:, None] * (steps[None, :] + lag[:, None])
    return result
