"""Series on one grid of periods, with censored periods set apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ml.demand_forecast import censoring
from ml.metrics import Floats

CENSORED, CLOSED_DAYS = "p_is_stockout_week", "p_stockout_days"
PREDECESSOR = "s_predecessor"
OUT = {CENSORED, CLOSED_DAYS}


@dataclass(frozen=True)
class Panel:
    """Series of one company on a common grid; axis 0 is the series, axis 1 the period.

    Attributes:
        ids: unique_id of every series, sorted.
        periods: First day of every period, without gaps.
        demand: Observed demand, shape (n, t). Nan before a series begins, and where the period was censored by a
            stock-out: what sold then is no measure of what was wanted. A series that is yet to begin is all nan.
        filled: The same with censored periods estimated, nan before the beginning only.
        target: What models learn: filled, nan in periods of which nothing is known. Strong periods empty the stock:
            without them everything learnt would come out too low.
        static: One row per series with the columns ``s_*``, in the order of ids.
        predecessors: unique_id of the series that each one follows, "" for none, shape (n,).
        freq: Pandas alias of the period.
        known: Name of a driver that is known ahead (``x_*``) to its values, shape (n, p), p >= t: as far into the
            future as they were given; nan where they were not.
        past: Name of a measure known afterwards only (``p_*``) to its values, shape (n, t), nan where not measured.
    """

    ids: np.ndarray
    periods: pd.DatetimeIndex
    demand: Floats
    filled: Floats
    target: Floats
    static: pd.DataFrame
    predecessors: np.ndarray
    freq: str
    known: Mapping[str, Floats] = field(default_factory=dict)
    past: Mapping[str, Floats] = field(default_factory=dict)

    def until(self, length: int) -> Panel:
        """Return the panel as it was known after its first length periods, series that had not begun left out."""
        begun = np.flatnonzero(~np.isnan(self.filled[:, :length]).all(axis=1))
        seen = replace(
            self,
            periods=self.periods[:length],
            demand=self.demand[:, :length],
            filled=self.filled[:, :length],
            target=self.target[:, :length],
            past={name: values[:, :length] for name, values in self.past.items()},
        )
        return seen.select(begun)

    def select(self, chosen: np.ndarray) -> Panel:
        """Return the series at the given row numbers."""
        return replace(
            self,
            ids=self.ids[chosen],
            demand=self.demand[chosen],
            filled=self.filled[chosen],
            target=self.target[chosen],
            static=self.static.iloc[chosen].reset_index(drop=True),
            known={name: values[chosen] for name, values in self.known.items()},
            past={name: values[chosen] for name, values in self.past.items()},
            predecessors=self.predecessors[chosen],
        )

    def extended(self, static: pd.DataFrame) -> Panel:
        """Return the panel with series that have no history yet.

        Args:
            static: One row per new series: ``unique_id`` and the columns ``s_*``.
        """
        count = len(static)
        ids = np.concatenate([self.ids, static["unique_id"].to_numpy(dtype=str)])
        columns = static.reindex(columns=self.static.columns)

        def longer(values: Floats) -> Floats:
            return np.concatenate([values, np.full((count, values.shape[1]), np.nan)])

        joined = replace(
            self,
            ids=ids,
            demand=longer(self.demand),
            filled=longer(self.filled),
            target=longer(self.target),
            static=pd.concat([self.static, columns], ignore_index=True) if count else self.static,
            known={name: _shared(longer(values)) for name, values in self.known.items()},
            past={name: longer(values) for name, values in self.past.items()},
            predecessors=np.concatenate([self.predecessors, _predecessors(static)]),
        )
        return joined.select(np.argsort(ids, kind="stable"))

    def future(self, horizon: int) -> pd.DatetimeIndex:
        """Return the first days of the periods after the last."""
        return pd.date_range(self.periods[-1], periods=horizon + 1, freq=self.freq)[1:]

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
        frame: Columns ``unique_id, ds, y``; optionally ``p_stockout_days`` (days of the period without stock) and
            ``p_is_stockout_week`` (those periods are censored; without it, all with such days),
            ``s_*`` (static, the last value counts; ``s_predecessor`` is the unique_id of the series that it follows),
            ``x_*`` (known ahead) and other ``p_*`` (known afterwards), all
            of these numbers. Missing periods inside a series are zero demand. A y of nan is censored as well, except
            after the last period in which any series has one: those rows only tell drivers of the future.
        freq: Pandas alias of the period.

    Raises:
        ValueError: a series has the same period twice, a date is no start of a period, or the frame is empty.
    """
    if frame.empty or not frame["y"].notna().any():
        raise ValueError("no demand history to learn from: the frame is empty")
    grid = pd.date_range(frame["ds"].min(), frame["ds"].max(), freq=freq)
    row, ids = pd.factorize(frame["unique_id"].to_numpy(dtype=object), sort=True)
    everywhere = _Cells(row, grid.get_indexer(pd.DatetimeIndex(frame["ds"])), (len(ids), len(grid)))
    _check(frame, everywhere, freq)
    length = int((grid <= frame.loc[frame["y"].notna(), "ds"].max()).sum())
    past = everywhere.column < length
    history = frame[past]
    cells = _Cells(row[past], everywhere.column[past], (len(ids), length))
    static = _static(frame, row, len(ids))
    return Panel(
        ids=ids.astype(str),
        periods=grid[:length],
        **_demand(history, cells, freq),
        static=static.drop(columns=PREDECESSOR, errors="ignore"),
        predecessors=_predecessors(static),
        freq=freq,
        known={name: _shared(everywhere.spread(_numbers(frame, name))) for name in _named(frame, "x_")},
        past={name: cells.spread(_numbers(history, name)) for name in _named(frame, "p_") if name not in OUT},
    )


def _demand(history: pd.DataFrame, cells: _Cells, freq: str) -> dict[str, Floats]:
    """Return demand, filled and target as Panel has them."""
    values = history["y"].to_numpy(dtype=float)
    sold = cells.spread(values, 0.0)
    sold[np.isnan(sold)] = 0.0
    count, length = cells.shape
    begin = np.full(count, length)
    np.minimum.at(begin, cells.row, cells.column)
    sold[np.arange(length) < begin[:, None]] = np.nan
    closed, is_flagged = _closed(history, freq)
    share = cells.spread(np.where(np.isnan(values), np.nan, closed), 0.0)
    censored = cells.spread((is_flagged | np.isnan(values)).astype(float), 0.0) > 0
    filled = censoring.estimate(sold, share)
    return {
        "demand": np.where(censored, np.nan, sold),
        "filled": filled,
        "target": np.where(~(share < 1) & ~(sold > 0), np.nan, filled),
    }


def _closed(history: pd.DataFrame, freq: str) -> tuple[Floats, np.ndarray]:
    """Return the share of its period that each row had no stock (nan: not known), and whether it is a stock-out."""
    none = np.zeros(len(history))
    flag = _numbers(history, CENSORED) > 0 if CENSORED in history else None
    if CLOSED_DAYS not in history:
        is_out = none > 0 if flag is None else flag
        return np.where(is_out, np.nan, 0.0), is_out
    dates = pd.DatetimeIndex(np.sort(history["ds"].unique()))
    length = pd.Series(censoring.days(dates, freq), index=dates).reindex(history["ds"]).to_numpy()
    share = np.clip(np.nan_to_num(_numbers(history, CLOSED_DAYS)) / length, 0.0, 1.0)
    if flag is None:
        return share, share > 0
    return np.where(flag & (share == 0), np.nan, share), flag


@dataclass(frozen=True)
class _Cells:
    """Where the rows of a frame lie on a grid."""

    row: np.ndarray
    column: np.ndarray
    shape: tuple[int, int]

    def spread(self, values: Floats, otherwise: float = np.nan) -> Floats:
        grid = np.full(self.shape, otherwise)
        grid[self.row, self.column] = values
        return grid


def _check(frame: pd.DataFrame, cells: _Cells, freq: str) -> None:
    outside = cells.column < 0
    if outside.any():
        wrong = frame["ds"][outside].iloc[0]
        own = f"{wrong:%a}".upper()
        remedy = f": weeks that begin on a {wrong:%A} are W-{own}" if freq.startswith("W") else ""
        raise ValueError(f"ds {wrong:%Y-%m-%d} ({wrong:%A}) is not the start of a period of {freq}{remedy}")
    counts = np.bincount(cells.row * cells.shape[1] + cells.column)
    if counts.max() > 1:
        first = frame[frame.duplicated(["unique_id", "ds"])].iloc[0]
        raise ValueError(f"series {first.unique_id} has period {first.ds:%Y-%m-%d} twice: sum it up first")


def _named(frame: pd.DataFrame, prefix: str) -> list[str]:
    return [str(name) for name in frame.columns if str(name).startswith(prefix)]


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    try:
        return frame[name].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        example = next((value for value in frame[name] if isinstance(value, str)), frame[name].iloc[0])
        raise ValueError(f"column {name} holds {example!r}: drivers and measures are numbers or true/false") from None


def _shared(values: Floats) -> Floats:
    """Fill periods that a series has no row for with what all others say alike, as of a holiday."""
    lowest, highest = edges(values)
    is_shared = lowest == highest
    return np.where(np.isnan(values) & is_shared, lowest, values)


def edges(values: Floats) -> tuple[Floats, Floats]:
    """Return the lowest and the highest value of each period, shape (p,): infinite where none is known."""
    known = ~np.isnan(values)
    lowest = np.where(known, values, np.inf).min(axis=0)
    highest = np.where(known, values, -np.inf).max(axis=0)
    return lowest, highest


def _static(frame: pd.DataFrame, row: np.ndarray, count: int) -> pd.DataFrame:
    """Take the last value of each series' static columns."""
    order = np.argsort(frame["ds"].to_numpy(), kind="stable")
    last = np.zeros(count, dtype=np.int64)
    last[row[order]] = order
    return frame.iloc[last][_named(frame, "s_")].reset_index(drop=True)


def _predecessors(static: pd.DataFrame) -> np.ndarray:
    """Return the series that each row says it follows, "" for none."""
    if PREDECESSOR not in static:
        return np.full(len(static), "", dtype=str)
    return static[PREDECESSOR].astype(object).fillna("").to_numpy(dtype=str)
