"""Demand of periods in which the shelf was empty for a while: what sold, and what would have sold in the time left."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.metrics import Floats

# Periods the usual level counts for beside what sold while there was stock.
LEVEL_WEIGHT = 1.0
LEVEL_PERIODS = 8
LEAST_OPEN = 0.1


def days(dates: pd.DatetimeIndex, freq: str) -> Floats:
    """Return the days of each period."""
    after = dates.append(pd.date_range(dates[-1], periods=2, freq=freq)[1:])
    result: Floats = np.diff(after.to_numpy()) / np.timedelta64(1, "D")
    return result


def estimate(sold: Floats, closed: Floats) -> Floats:
    """Estimate what would have sold, had the shelf never been empty.

    The rate of a period follows from what sold while there was stock and from the usual level, which counts as one
    more period: the mean of a Gamma prior and Poisson sales (Gelman et al., Bayesian Data Analysis, section 2.6).
    It holds for the share of the period without stock. The usual level is the mean of the 8 periods before, estimates
    among them. Only the past of a period enters, so a panel cut anywhere has the values of one built from less data.

    Args:
        sold: Quantity sold, shape (n, t), nan before a series begins.
        closed: Share of the period without stock, 0 to 1; nan where it had none for a time that is not known. Demand is
            then the usual level, or what sold where that is more.

    Returns:
        Demand, shape (n, t), no less than sold.
    """
    filled = sold.copy()
    is_censored = ~(closed == 0) & ~np.isnan(sold)
    for column in map(int, np.flatnonzero(is_censored.any(axis=0))):
        rows = np.flatnonzero(is_censored[:, column])
        before = filled[rows, max(column - LEVEL_PERIODS, 0) : column]
        count = (~np.isnan(before)).sum(axis=1)
        level = np.maximum(np.nansum(before, axis=1) / np.maximum(count, 1), 0.0)
        weight = np.where(count > 0, LEVEL_WEIGHT, 0.0)
        share, own = closed[rows, column], np.maximum(sold[rows, column], 0.0)
        rate = (own + weight * level) / np.maximum(1 - share + weight, LEAST_OPEN)
        lost = np.where(np.isnan(share), np.maximum(level - own, 0.0), share * rate)
        filled[rows, column] = sold[rows, column] + lost
    return filled
