"""How much more is demanded of a series when a driver such as a promotion is on, leaning on its groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ml.demand_forecast.windows import Indices, Windows, summed
from ml.metrics import Floats

# Periods that what the group shows counts for beside a series' own.
PRIOR_PERIODS = 4.0
LARGEST = 20.0


class Uplift:
    """Demand over the base level in the periods a driver was on, before any origin.

    A series' own is shrunk towards that of its finest group, that towards the next, and so on to all series: the mean
    of a Gamma prior and Poisson demand (Gelman et al., Bayesian Data Analysis, section 2.6).
    """

    def __init__(self, on: np.ndarray, windows: Windows, groups: Sequence[Indices]) -> None:
        """Add up.

        Args:
            on: Periods the driver was on, shape (n, p); those after the history do not count.
            windows: Of the demand, n series of t periods.
            groups: Group of each series, shape (n,) each, the coarsest first.
        """
        row, column = np.nonzero(on[:, : windows.length] & windows.begun)
        level = windows.level(row, column)
        use = level > 0
        row, column, level = row[use], column[use], level[use]
        self.levels = []
        for codes in (*groups, np.arange(len(windows.values))):
            sums = np.zeros((3, codes.max(initial=0) + 1, windows.length))
            for part, values in zip(sums, (windows.values[row, column], level, np.ones(len(row))), strict=True):
                np.add.at(part, (codes[row], column), values)
            self.levels.append((codes, [summed(part) for part in sums]))

    def at(self, row: Indices, origin: Indices) -> Floats:
        """Return the ratio of demand with the driver on to the base level, as seen before each origin; 1 if never."""
        ratio = np.ones(len(row))
        for codes, sums in self.levels:
            came, expected, count = (values[codes[row], origin] for values in sums)
            prior = PRIOR_PERIODS * expected / np.maximum(count, 1.0)
            ratio = np.divide(came + prior * ratio, expected + prior, out=ratio.copy(), where=expected > 0)
        return np.clip(ratio, 0.0, LARGEST)
