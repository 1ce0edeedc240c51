"""What a model sees of a series at an origin, so many steps ahead: ratios to the series' own level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ml.demand_forecast import chains, drivers, feasts, period
from ml.demand_forecast.panel import Panel
from ml.demand_forecast.windows import Indices, Windows, back, cell
from ml.metrics import Floats

LAGS = (1, 2, 3, 4)
# Groups of series whose course enters: all, and so many static columns.
MOST_GROUPS = 5
SERIES_PER_GROUP = 3
# A series without history counts as so many periods of its group's mean, one with so many periods as none.
PRIOR_WEIGHT = 2.0
PRIOR_PERIODS = 8
# Of a short season, such as a week of days: how many of them tell its shape of late.
FEW_SEASONS = 4
EPSILON = 1e-9
LARGEST = 1e6


@dataclass(frozen=True)
class Encoding:
    """Static columns as numbers, the same at training and later.

    Attributes:
        codes: Column to value (as text) to whole number.
        groups: Columns whose values group series.
        names: Features learnt from, in their order; empty before any are. A longer history may show another season, or
            drivers in another light, and so have others.
    """

    codes: Mapping[str, Mapping[str, int]]
    groups: tuple[str, ...]
    names: tuple[str, ...] = ()


def encode(panel: Panel) -> Encoding:
    """Number the values of every static column, and choose the columns by which series are taken together."""
    codes, groups = {}, []
    for column in map(str, panel.static.columns):
        values = sorted(panel.static[column].dropna().astype(str).unique())
        codes[column] = {value: code for code, value in enumerate(values)}
        if 1 < len(values) <= len(panel.ids) / SERIES_PER_GROUP:
            groups.append(column)
    return Encoding(codes, tuple(groups[: MOST_GROUPS - 1]))


class Features:
    """Features of any (series, origin, step) of a panel.

    Nothing of demand at or after the origin enters, of drivers only those known ahead.
    """

    def __init__(self, panel: Panel, season: int, horizon: int, encoding: Encoding, *, lead: int | None = None) -> None:
        """Prepare the sums that features are looked up in; drivers are known over the lead, by default the horizon."""
        # A successor's course goes on from what it follows; groups add up what was sold, each sale once.
        self.sold = panel.filled
        panel = chains.follow(panel)
        self.panel, self.period = panel, period.parse(panel.freq)
        length = len(panel.periods)
        self.seasons = period.seasons(self.period, season, length)
        lead = horizon if lead is None else lead
        known = {name: values[:, : length + lead] for name, values in panel.known.items()}
        on = drivers.switched(known, length)
        is_driven = np.any([flags[:, :length] for flags in on.values()], axis=0) if on else None
        self.windows = Windows(panel.filled, self.period, is_driven)
        self.codes = [_coded(panel.static, column, encoding.codes[column]) for column in encoding.codes]
        groups = [_coded(panel.static, column, encoding.codes[column]) for column in encoding.groups]
        self.groups = [_Group(codes, self.sold, self.period) for codes in (np.zeros(len(panel.ids), int), *groups)]
        by = [group.codes for group in self.groups]
        self.drivers = drivers.Drivers(known, on, self.windows, by, self.seasons, self.period, lead)
        dates = pd.DatetimeIndex(panel.periods.append(panel.future(horizon)))
        self.calendar = feasts.features(dates, panel.freq)
        self.names = encoding.names

    def make(self, row: Indices, origin: Indices, step: Indices) -> tuple[np.ndarray, Floats]:
        """Return features and levels.

        Args:
            row: Row of the series in the panel, shape (m,).
            origin: Periods known, same shape.
            step: 1 is the first period after those.

        Returns:
            Shape (m, features), and the base level of each row, shape (m,), at least 0.
        """
        target = origin + step - 1
        level = self.level(row, origin)
        inverse = np.divide(1.0, level, out=np.zeros(len(level)), where=level > 0)
        columns: dict[str, np.ndarray] = {"step": step, "log_level": np.log(level + EPSILON)}
        columns |= self._own(row, origin, inverse)
        for lag in self.seasons:
            columns |= self._seasonal(row, origin, step, lag, inverse)
        for number, group in enumerate(self.groups):
            columns |= {f"group{number}_{name}": values for name, values in self._group(group, row, origin, step)}
        columns |= self.drivers.columns(row, origin, step)
        for name, values in self.panel.past.items():
            columns |= _past(name, values, row, origin, inverse)
        columns |= {name: values[target] for name, values in self.calendar.items()}
        columns |= {f"static{number}": codes[row] for number, codes in enumerate(self.codes)}
        self.names = self.names or tuple(columns)
        matrix = np.full((len(row), len(self.names)), np.nan, dtype=np.float32)
        for number, name in enumerate(self.names):
            if name in columns:
                matrix[:, number] = columns[name]
        np.clip(matrix, -LARGEST, LARGEST, out=matrix)
        return matrix, level

    def level(self, row: Indices, origin: Indices) -> Floats:
        """Return the base level of series at origins; what a young series lacks in history is its group's mean.

        The group is that of the last static column by which series are taken together, as a rule the finest.
        """
        own, seen = self.windows.level(row, origin), self.windows.count[row, origin]
        weight = PRIOR_WEIGHT * np.maximum(1 - seen / PRIOR_PERIODS, 0.0)
        young = np.flatnonzero(weight > 0)
        if len(young):
            usual = self.groups[-1].mean(row[young], origin[young], self.period.short)
            own[young] = (seen[young] * own[young] + weight[young] * usual) / (seen[young] + weight[young])
        return own

    def _own(self, row: Indices, origin: Indices, inverse: Floats) -> dict[str, np.ndarray]:
        sums, short, long = self.windows, self.period.short, self.period.long
        columns: dict[str, np.ndarray] = {f"lag_{lag}": sums.at(row, origin - lag) * inverse for lag in LAGS}
        for window in sorted({4, 8, short, 2 * short, long}):
            columns[f"mean_{window}"] = sums.mean(row, origin - window, origin) * inverse
        for rate, means in sums.faded.items():
            columns[f"faded_{rate}"] = means[row, origin] * inverse
        for name, window in (("short", short), ("long", long)):
            columns[f"deviation_{name}"] = sums.deviation(row, origin - window, origin) * inverse
            columns[f"share_sold_{name}"] = sums.share_sold(row, origin - window, origin)
        columns["since_sold"] = np.minimum(origin - 1 - sums.last_sold[row, origin], long)
        columns["age"] = np.minimum(origin - sums.first[row], 2 * long)
        return columns

    def _seasonal(self, row: Indices, origin: Indices, step: Indices, lag: int, inverse: Floats) -> dict[str, Floats]:
        """What the series did a season before the target, beside its level then: what this season may repeat."""
        sums = self.windows
        then = origin - back(step, lag)
        target = then + step - 1
        level, inverse_then = _level_at(sums, row, then)
        value = sums.at(row, target)
        around = sums.mean(row, target - 1, np.minimum(target + 2, origin))
        before = np.maximum(sums.mean(row, origin - lag - 4, origin - lag), EPSILON)
        columns = {
            "ratio": value * inverse_then,
            "around_ratio": around * inverse_then,
            "value": value * inverse,
            "around": around * inverse,
            "level": level * inverse,
            "growth": np.clip(sums.mean(row, origin - 4, origin) / before, 0.0, 10.0),
        }
        if (often := self.period.long // lag) > 1:
            for most in (FEW_SEASONS, often):
                columns[f"usual_{most}"] = sums.recurring(row, target, lag, most) * inverse
        if sums.length > 2 * lag + 2:
            earlier, inverse_earlier = _level_at(sums, row, then - lag)
            columns["earlier_ratio"] = sums.at(row, target - lag) * inverse_earlier
        return {f"season{lag}_{name}": values for name, values in columns.items()}

    def _group(self, group: _Group, row: Indices, origin: Indices, step: Indices) -> list[tuple[str, Floats]]:
        """How the sum of the series' group went of late, and a season before the target."""
        sums, own = group.windows, group.codes[row]
        level = np.maximum(sums.level(own, origin), EPSILON)
        columns = [
            ("lag_1", sums.at(own, origin - 1) / level),
            ("mean_4", sums.mean(own, origin - 4, origin) / level),
        ]
        for lag in self.seasons:
            then = origin - back(step, lag)
            _, inverse_then = _level_at(sums, own, then)
            columns.append((f"season{lag}_ratio", sums.at(own, then + step - 1) * inverse_then))
            columns.append((f"season{lag}_growth", level * inverse_then))
            if (often := self.period.long // lag) > 1:
                columns.append((f"season{lag}_usual", sums.recurring(own, then + step - 1, lag, often) / level))
        return columns


class _Group:
    """Series taken together by one static column; those whose value is not known form a group of their own."""

    def __init__(self, codes: Indices, filled: Floats, of: period.Period) -> None:
        self.codes: Indices = np.where(codes < 0, codes.max(initial=0) + 1, codes).astype(np.int64)
        total = np.zeros((self.codes.max(initial=0) + 1, filled.shape[1]))
        np.add.at(total, self.codes, np.nan_to_num(filled))
        self.windows = Windows(total, of)
        begun = np.zeros((len(total), filled.shape[1] + 1))
        np.add.at(begun[:, 1:], self.codes, ~np.isnan(filled))
        self.begun = np.cumsum(begun, axis=1)

    def mean(self, row: Indices, origin: Indices, window: int) -> Floats:
        """Return the mean demand per period of the group's series, over the last periods before each origin."""
        own, start = self.codes[row], np.maximum(origin - window, 0)
        count = self.begun[own, origin] - self.begun[own, start]
        total = self.windows.sum(self.windows.total, own, start, origin)
        mean: Floats = np.maximum(np.divide(total, count, out=np.zeros(len(own)), where=count > 0), 0.0)
        return mean


def _coded(static: pd.DataFrame, column: str, codes: Mapping[str, int]) -> np.ndarray:
    result: np.ndarray = static[column].astype(str).map(dict(codes)).fillna(-1).to_numpy(dtype=np.int64)
    return result


def _level_at(sums: Windows, row: Indices, origin: Indices) -> tuple[Floats, Floats]:
    """Return the level at an earlier origin and one over it, nan where the series had hardly begun."""
    level = sums.level(row, np.maximum(origin, 0))
    is_known = (origin >= 3) & (level > 0)
    return level, np.divide(1.0, level, out=np.full(len(level), np.nan), where=is_known)


def _past(name: str, values: Floats, row: Indices, origin: Indices, inverse: Floats) -> dict[str, Floats]:
    last = cell(values, row, origin - 1)
    return {
        f"{name}_last": last,
        f"{name}_last_ratio": last * inverse,
        f"{name}_before": cell(values, row, origin - 2),
    }
