"""Demand of periods in which the shelf was empty for a while: what sold, and what would have sold in the time left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.metrics import Floats

# Periods the usual level counts for beside what sold while there was stock. A shelf empties in the very periods that
# sell more than usual, so with 1 the estimates of drawn items that are often empty lie 4 % too high.
LEVEL_WEIGHT = 1.5
LEVEL_PERIODS = 26
# A shelf told empty every evening sold something all the same: it was open for some of the time.
LEAST_OPEN = 0.5


def days(dates: pd.DatetimeIndex, freq: str) -> Floats:
    """Return the days of each period."""
    after = dates.append(pd.date_range(dates[-1], periods=2, freq=freq)[1:])
    result: Floats = np.diff(after.to_numpy()) / np.timedelta64(1, "D")
    return result


def estimate(sold: Floats, closed: Floats) -> Floats:
    """Estimate what would have sold, had the shelf never been empty.

    The rate of a period follows from what sold while there was stock and from the usual level, which counts as one and
    a half more periods: the mean of a Gamma prior and Poisson sales (Gelman et al., Bayesian Data Analysis, section
    2.6). It holds for the share of the period without stock. The usual level is what sold in the 26 periods before,
    for each period of stock in them: unlike the mean of earlier estimates, it does not hand their errors on.
    Only the past of a period enters, so a panel cut anywhere has the values of one built from less data.

    Args:
        sold: Quantity sold, shape (n, t), nan before a series begins.
        closed: Share of the period without stock, 0 to 1; nan where it had none for a time that is not known. Demand is
            then the usual level, or what sold where that is more.

    Returns:
        Demand, shape (n, t), no less than sold.
    """
    filled = sold.copy()
    # Where the time without stock is not known, nor is the rate: the period says nothing of the level.
    has_rate = ~np.isnan(sold) & ~np.isnan(closed)
    counted, stocked = np.where(has_rate, sold, 0.0), np.where(has_rate, 1 - closed, 0.0)
    is_censored = ~(closed == 0) & ~np.isnan(sold)
    for column in map(int, np.flatnonzero(is_censored.any(axis=0))):
        rows = np.flatnonzero(is_censored[:, column])
        before = slice(max(column - LEVEL_PERIODS, 0), column)
        stock = stocked[rows, before].sum(axis=1)
        level = np.maximum(counted[rows, before].sum(axis=1), 0.0) / np.maximum(stock, LEAST_OPEN)
        weight = np.where(stock > 0, LEVEL_WEIGHT, 0.0)
        share, own = closed[rows, column], np.maximum(sold[rows, column], 0.0)
        rate = (own + weight * level) / np.maximum(1 - share + weight, LEAST_OPEN)
        lost = np.where(np.isnan(share), np.maximum(level - own, 0.0), share * rate)
        filled[rows, column] = sold[rows, column] + lost
    return filled
