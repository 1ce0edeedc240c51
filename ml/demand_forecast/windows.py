"""Sums over any window of any series, each found by two look-ups."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ml.demand_forecast.period import Period
from ml.metrics import Floats

Indices: TypeAlias = NDArray[np.int64]

# Periods that count for the usual level where the present one is taken.
USUAL_WEIGHT = 2.0
# The present level never falls below this share of the usual one, so that a series that paused keeps a scale.
LEAST_SHARE = 0.2
REGULAR_PERIODS = 4
FADING = (0.2, 0.5)


class Windows:
    """Prefix sums of series on a grid. An origin is the number of periods known at it."""

    def __init__(self, values: Floats, period: Period, is_driven: NDArray[np.bool_] | None = None) -> None:
        """Add up series.

        Args:
            values: Shape (n, t), nan before a series begins.
            period: Period of the grid.
            is_driven: Periods whose demand a known driver moved (promotion, holiday), same shape: the level is taken
                from the others where there are 4 of them.
        """
        begun = ~np.isnan(values)
        self.period, self.length = period, values.shape[1]
        self.values = np.nan_to_num(values)
        self.begun = begun
        regular = begun if is_driven is None else begun & ~is_driven
        self.count, self.total = summed(begun), summed(self.values)
        self.squares, self.sold = summed(self.values**2), summed(self.values > 0)
        self.regular_count, self.regular_total = summed(regular), summed(np.where(regular, self.values, 0.0))
        when = np.where(self.values > 0, np.arange(self.length), -1)
        never = np.full((len(values), 1), -1)
        self.last_sold = np.concatenate([never, np.maximum.accumulate(when, axis=1)], axis=1)
        self.first = np.where(begun.any(axis=1), begun.argmax(axis=1), self.length)
        self._recurring: dict[int, tuple[Floats, Floats]] = {}
        self.faded = {rate: self._fade(rate) for rate in FADING}

    def at(self, row: Indices, column: Indices) -> Floats:
        """Return values, nan outside of the history."""
        inside = np.clip(column, 0, self.length - 1)
        is_known = (column >= 0) & (column < self.length) & self.begun[row, inside]
        return np.where(is_known, self.values[row, inside], np.nan)

    def sum(self, sums: Floats, row: Indices, start: Indices, end: Indices) -> Floats:
        """Add up one of the sums over [start, end), cut to the history."""
        last = np.clip(end, 0, self.length)
        result: Floats = sums[row, last] - sums[row, np.clip(start, 0, last)]
        return result

    def mean(self, row: Indices, start: Indices, end: Indices) -> Floats:
        """Average [start, end), nan where nothing had begun."""
        return _divide(self.sum(self.total, row, start, end), self.sum(self.count, row, start, end), np.nan)

    def share_sold(self, row: Indices, start: Indices, end: Indices) -> Floats:
        """Return the share of periods with demand in [start, end)."""
        return _divide(self.sum(self.sold, row, start, end), self.sum(self.count, row, start, end), 0.0)

    def deviation(self, row: Indices, start: Indices, end: Indices) -> Floats:
        """Return the standard deviation over [start, end)."""
        count = self.sum(self.count, row, start, end)
        mean = _divide(self.sum(self.total, row, start, end), count, 0.0)
        squares = _divide(self.sum(self.squares, row, start, end), count, 0.0)
        result: Floats = np.sqrt(np.maximum(squares - mean**2, 0.0))
        return result

    def level(self, row: Indices, origin: Indices) -> Floats:
        """Return the base level at an origin: the mean of the short window's regular periods, leaning on the long.

        Returns:
            Demand per period, at least 0; 0 where the long window has none.
        """
        start, usual_start = origin - self.period.short, origin - self.period.long
        count = self.sum(self.regular_count, row, start, origin)
        total = self.sum(self.regular_total, row, start, origin)
        is_driven = count < REGULAR_PERIODS
        count = np.where(is_driven, self.sum(self.count, row, start, origin), count)
        total = np.where(is_driven, self.sum(self.total, row, start, origin), total)
        usual = np.nan_to_num(self.mean(row, usual_start, origin))
        present = (total + USUAL_WEIGHT * usual) / (count + USUAL_WEIGHT)
        result: Floats = np.maximum(np.maximum(present, LEAST_SHARE * usual), 0.0)
        return result

    def recurring(self, row: Indices, column: Indices, lag: int, most: int) -> Floats:
        """Average a period and those whole lags before it, so many at most, nan where none of them had begun."""
        if lag not in self._recurring:
            self._recurring[lag] = _summed_by(self.begun, lag), _summed_by(self.values, lag)
        counts, totals = self._recurring[lag]
        end = np.clip(column, -1, self.length - 1) + lag
        start = np.maximum(end - most * lag, end % lag)
        return _divide(totals[row, end] - totals[row, start], counts[row, end] - counts[row, start], np.nan)

    def _fade(self, rate: float) -> Floats:
        """Exponentially weighted means before every origin, of the periods since a series began."""
        result = np.zeros((len(self.values), self.length + 1))
        mean, weight = np.zeros(len(self.values)), np.zeros(len(self.values))
        for column in range(self.length):
            begun = self.begun[:, column]
            mean = np.where(begun, (1 - rate) * mean + rate * self.values[:, column], mean)
            weight = np.where(begun, (1 - rate) * weight + rate, weight)
            result[:, column + 1] = _divide(mean, weight, 0.0)
        return result


class Means:
    """Means over any window of values that may be missing, such as of a driver."""

    def __init__(self, values: Floats) -> None:
        self.count, self.total = summed(~np.isnan(values)), summed(np.nan_to_num(values))
        self.length = values.shape[1]

    def over(self, row: Indices, start: Indices, end: Indices) -> Floats:
        """Average [start, end), nan where no value is known."""
        last = np.clip(end, 0, self.length)
        first = np.clip(start, 0, last)
        count = self.count[row, last] - self.count[row, first]
        return _divide(self.total[row, last] - self.total[row, first], count, np.nan)


def cell(values: Floats, row: Indices, column: Indices) -> Floats:
    """Return values, nan outside of their columns."""
    inside = (column >= 0) & (column < values.shape[1])
    return np.where(inside, values[row, np.clip(column, 0, values.shape[1] - 1)], np.nan)


def back(step: Indices, lag: int) -> Indices:
    """Return the periods back to the last season's like period that is known at the origin."""
    return -(-step // lag) * lag


def summed(values: NDArray[np.generic]) -> Floats:
    """Return the sums of each row before every column, shape (n, t + 1)."""
    result = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=result[:, 1:])
    return result


def _summed_by(values: NDArray[np.generic], lag: int) -> Floats:
    """Sums of each period and those whole lags before it, behind lag columns of 0, shape (n, t + lag)."""
    result = np.zeros((values.shape[0], values.shape[1] + lag))
    for column in range(values.shape[1]):
        result[:, column + lag] = result[:, column] + values[:, column]
    return result


def _divide(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    result: Floats = np.divide(
        numerator, denominator, out=np.full(np.shape(numerator), otherwise), where=np.asarray(denominator) > 0
    )
    return result
