"""Forecasts of each series by itself, all series at once: naive, averages, exponential smoothing, Croston's kin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ml.metrics import Floats

NAIVE, AVERAGE, SMOOTHING, THETA = "seasonal_naive", "window_average", "exponential_smoothing", "theta"
SEASONAL_THETA = "seasonal_theta"
SBA, TSB = "croston_sba", "tsb"
# Seasons that a series' own shape counts for as much as that of all series together, and least share of the level.
SHARED_SEASONS = 2.0
LEAST_INDEX = 0.05
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
    means[SEASONAL_THETA] = _seasonal_theta(filled, horizon, naive_season, means[THETA])
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


def _seasonal_theta(filled: Floats, horizon: int, season: int, plain: Floats) -> Floats:
    """The theta method on what is left of demand when its season is divided out; plain where two seasons are not known.

    As in classical decomposition, the season's shape is demand over its centred moving average; it leans on that of all
    series, because a few seasons of one say little.
    """
    length = filled.shape[1]
    if season < 2 or length < 2 * season:
        return plain
    average, values = _centred(filled, season), np.nan_to_num(filled)
    use = (average > 0) & ~np.isnan(filled)
    phase = np.arange(length) % season
    came, expected = np.zeros((2, len(filled), season))
    for part in range(season):
        some = phase == part
        came[:, part] = np.where(use, values, 0.0)[:, some].sum(axis=1)
        expected[:, part] = np.where(use, average, 0.0)[:, some].sum(axis=1)
    shape = np.divide(came.sum(axis=0), expected.sum(axis=0), out=np.ones(season), where=expected.sum(axis=0) > 0)
    prior = SHARED_SEASONS * np.divide(
        expected.sum(axis=1), use.sum(axis=1), out=np.zeros(len(filled)), where=use.any(axis=1)
    )
    index = np.divide(
        came + prior[:, None] * shape, expected + prior[:, None], out=np.ones(came.shape), where=expected > 0
    )
    index = np.maximum(index / np.maximum(index.mean(axis=1, keepdims=True), LEAST_INDEX), LEAST_INDEX)
    adjusted = filled / index[:, phase]
    ahead: Floats = index[:, (length + np.arange(horizon)) % season]
    return _theta(adjusted, *_smoothed(adjusted), horizon) * ahead


def _centred(filled: Floats, season: int) -> Floats:
    """Average one season around each period, of what has begun."""
    known = ~np.isnan(filled)
    sums = [np.concatenate([np.zeros((len(filled), 1)), np.cumsum(values, axis=1)], axis=1)
            for values in (np.nan_to_num(filled), known)]  # fmt: skip
    start = np.clip(np.arange(filled.shape[1]) - season // 2, 0, max(filled.shape[1] - season, 0))
    total, count = (values[:, start + season] - values[:, start] for values in sums)
    result: Floats = np.divide(total, count, out=np.zeros(filled.shape), where=count > 0)
    return result


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
