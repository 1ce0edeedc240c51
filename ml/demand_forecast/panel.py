"""Series on one grid of periods, with censored periods set apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.metrics import Floats

FILL_PERIODS = 8
CENSORED = "p_is_stockout_week"


@dataclass(frozen=True)
class Panel:
    """Series of one company on a common grid; axis 0 is the series, axis 1 the period.

    Attributes:
        ids: unique_id of every series, sorted.
        periods: First day of every period, without gaps.
        demand: Observed demand, shape (n, t). Nan before a series begins, and where the period was censored by a
            stock-out: what sold then is no measure of what was wanted.
        filled: The same with censored periods estimated, nan before the beginning only.
        static: One row per series with the columns ``s_*``, in the order of ids.
    """

    ids: np.ndarray
    periods: pd.DatetimeIndex
    demand: Floats
    filled: Floats
    static: pd.DataFrame

    def until(self, length: int) -> Panel:
        """Return the panel as it was known after its first length periods, series that had not begun left out."""
        begun = np.flatnonzero(~np.isnan(self.filled[:, :length]).all(axis=1))
        known = Panel(self.ids, self.periods[:length], self.demand[:, :length], self.filled[:, :length], self.static)
        return known.select(begun)

    def select(self, chosen: np.ndarray) -> Panel:
        """Return the series at the given row numbers."""
        static = self.static.iloc[chosen].reset_index(drop=True)
        return Panel(self.ids[chosen], self.periods, self.demand[chosen], self.filled[chosen], static)

    def long(self) -> pd.DataFrame:
        """Return ``unique_id, ds, y`` with y the filled demand, and ``is_observed``."""
        row, column = np.nonzero(~np.isnan(self.filled))
        return pd.DataFrame(
            {
                "unique_id": self.ids[row],
                "ds": self.periods[column],
                "y": self.filled[row, column],
                "is_observed": ~np.isnan(self.demand[row, column]),
            }
        )


def build(frame: pd.DataFrame, freq: str = "W-MON") -> Panel:
    """Arrange a long frame on a grid.

    Args:
        frame: Columns ``unique_id, ds, y``; optionally ``p_is_stockout_week`` (those periods are censored) and
            ``s_*`` (static, the last value counts). Missing periods inside a series are zero demand. A y of nan is
            censored as well.
        freq: Pandas alias of the period.

    Raises:
        ValueError: a series has the same period twice, or the frame is empty.
    """
    if frame.empty:
        raise ValueError("no demand history to learn from: the frame is empty")
    twice = frame.duplicated(["unique_id", "ds"])
    if twice.any():
        first = frame[twice].iloc[0]
        raise ValueError(f"series {first.unique_id} has period {first.ds:%Y-%m-%d} twice: sum it up first")
    periods = pd.date_range(frame["ds"].min(), frame["ds"].max(), freq=freq)
    ids, row = np.unique(frame["unique_id"].to_numpy(dtype=str), return_inverse=True)
    column = periods.get_indexer(pd.DatetimeIndex(frame["ds"]))
    if (column < 0).any():
        raise ValueError(f"ds {frame['ds'][column < 0].iloc[0]} is not the start of a period of {freq}")
    sold = np.zeros((len(ids), len(periods)))
    values = frame["y"].to_numpy(dtype=float)
    sold[row, column] = np.nan_to_num(values)
    begin = np.full(len(ids), len(periods))
    np.minimum.at(begin, row, column)
    sold[np.arange(len(periods)) < begin[:, None]] = np.nan
    censored = np.zeros(sold.shape, dtype=bool)
    flags = frame[CENSORED].to_numpy(dtype=bool) if CENSORED in frame else np.zeros(len(frame), dtype=bool)
    censored[row, column] = flags | np.isnan(values)
    demand = np.where(censored, np.nan, sold)
    return Panel(ids, periods, demand, fill(sold, censored), _static(frame, ids))


def fill(sold: Floats, censored: np.ndarray) -> Floats:
    """Estimate demand in censored periods: the mean of the last observed periods, at least what was sold.

    Only the past of a period enters, so a panel cut at any period has the same values as one built from less data.

    Args:
        sold: Quantity sold, shape (n, t), nan before a series begins.
        censored: Whether the period's sales are a lower bound only, same shape.

    Returns:
        Demand, shape (n, t).
    """
    filled = sold.copy()
    observed = ~censored & ~np.isnan(sold)
    counts = observed.cumsum(axis=1)
    sums = np.where(observed, sold, 0.0).cumsum(axis=1)
    for series in np.flatnonzero((censored & ~np.isnan(sold)).any(axis=1)):
        known = np.flatnonzero(observed[series])
        for period in np.flatnonzero(censored[series] & ~np.isnan(sold[series])):
            seen = counts[series, period]
            if not seen:
                continue
            first = known[max(seen - FILL_PERIODS, 0)]
            before = sums[series, first] - sold[series, first]
            level = (sums[series, period] - before) / min(seen, FILL_PERIODS)
            filled[series, period] = max(level, sold[series, period])
    return filled


def _static(frame: pd.DataFrame, ids: np.ndarray) -> pd.DataFrame:
    columns = [name for name in frame.columns if name.startswith("s_")]
    last = frame.sort_values("ds").groupby("unique_id")[columns].last() if columns else pd.DataFrame(index=ids)
    return last.reindex(ids).reset_index(drop=True)
