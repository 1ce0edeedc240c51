"""What a model sees of the drivers known ahead: prices, promotions, holidays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.demand_forecast.panel import edges
from ml.demand_forecast.period import Period
from ml.demand_forecast.uplift import Uplift
from ml.demand_forecast.windows import Indices, Means, Windows, back, cell
from ml.metrics import Floats

# Beyond so many drivers only their value and that of a season before enter.
MANY = 12
# A driver that is above 0 more often than that tells of no exception.
MOST_ON = 0.5


def switched(known: Mapping[str, Floats], length: int) -> dict[str, np.ndarray]:
    """Return the drivers that are mostly 0 (a promotion, a holiday, a share of shops with a display), and the periods,
    shape (n, p), in which each is at least as high as it usually is when it is not 0.

    Args:
        known: Driver to values, shape (n, p).
        length: Periods that tell what is usual: what is planned ahead must not change how the past is seen.
    """
    found = {}
    for name, values in known.items():
        seen = values[:, :length]
        given = seen[~np.isnan(seen)]
        above = given[given > 0]
        if len(above) and given.min() >= 0 and len(above) <= MOST_ON * len(given):
            found[name] = values >= np.median(above)
    return found


class Drivers:
    """Columns of every driver at any target: its value, beside what is usual, and what it did to demand before."""

    def __init__(
        self,
        known: Mapping[str, Floats],
        on: Mapping[str, np.ndarray],
        windows: Windows,
        groups: Sequence[Indices],
        seasons: Sequence[int],
        period: Period,
        lead: int,
    ) -> None:
        """Prepare the sums.

        Args:
            known: Driver to values, shape (n, p).
            on: What switched returned of them.
            windows: Of the demand that drivers move.
            groups: Group of each series, shape (n,) each: all, then the static columns, the finest last.
            seasons: Lags in periods.
            period: Period of the grid.
            lead: Periods after an origin over which drivers are known; what lies beyond is not looked at.
        """
        self.known, self.on, self.groups, self.seasons, self.period = known, on, groups, seasons, period
        self.lead = lead
        self.is_positive = {name: bool(np.nanmin(values, initial=np.inf) > 0) for name, values in known.items()}
        few = known if len(known) <= MANY else {}
        self.uplifts = {name: Uplift(on[name], windows, groups) for name in few if name in on}
        self.usual = {name: Means(values) for name, values in few.items() if not _is_flag(values)}
        self.others = {
            name: [_mean_of(codes, values) for codes in groups[1:]]
            for name, values in few.items()
            if np.less(*edges(values)).any()
        }

    def columns(self, row: Indices, origin: Indices, step: Indices) -> dict[str, Floats]:
        """Return the columns of some cases, shape (m,) each."""
        found: dict[str, Floats] = {}
        target = origin + step - 1
        for name, values in self.known.items():
            found[name] = self._ahead(values, row, target, origin)
            for lag in self.seasons:
                found[f"{name}_season{lag}"] = cell(values, row, target - back(step, lag))
            if len(self.known) <= MANY:
                found[f"{name}_next"] = self._ahead(values, row, target + 1, origin)
                found[f"{name}_before"] = self._ahead(values, row, target - 1, origin)
                found |= self._compared(name, found[name], row, origin, target)
        return found

    def _compared(self, name: str, value: Floats, row: Indices, origin: Indices, target: Indices) -> dict[str, Floats]:
        """The price against the usual price and against that of what may replace the item; what a promotion did."""
        found: dict[str, Floats] = {}
        if name in self.usual:
            for window in (self.period.short, self.period.long):
                usual = self.usual[name].over(row, origin - window, origin)
                found[f"{name}_against_{window}"] = value / usual if self.is_positive[name] else value - usual
        for number, (codes, others) in enumerate(zip(self.groups[1:], self.others.get(name, ()), strict=False), 1):
            found[f"{name}_group{number}"] = self._ahead(others, codes[row], target, origin)
        if name in self.uplifts:
            is_on = self._ahead(self.on[name].astype(float), row, target, origin)
            uplift = np.where(is_on > 0, self.uplifts[name].at(row, origin), 1.0)
            found[f"{name}_uplift"] = np.where(np.isnan(is_on), np.nan, uplift)
        return found

    def _ahead(self, values: Floats, row: Indices, column: Indices, origin: Indices) -> Floats:
        """Return values as they are known at each origin, nan beyond."""
        return np.where(column < origin + self.lead, cell(values, row, column), np.nan)


def _is_flag(values: Floats) -> bool:
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def _mean_of(codes: Indices, values: Floats) -> Floats:
    """Average a driver over the series of each group, shape (groups, p), nan where not known."""
    total, count = np.zeros((2, codes.max(initial=0) + 1, values.shape[1]))
    np.add.at(total, codes, np.nan_to_num(values))
    np.add.at(count, codes, ~np.isnan(values))
    mean: Floats = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean
