"""Cut-off weeks of a backtest: split by time with an embargo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TEST_CUTOFFS = 3
TEST_STEPS = (4, 2, 1)
FIRST_CUTOFF = 8
TRAINING_CUTOFFS = 12
MINIMUM_TRAINING_CUTOFFS = 4


@dataclass(frozen=True)
class Split:
    """Cut-off weeks of a backtest.

    Attributes:
        training: Weeks learnt from, oldest first.
        test: Weeks measured on, oldest first.
        final: Weeks that the model put to use learns from after the backtest, up to the newest known outcome.
        embargo_weeks: Weeks between the last training and the first test cut-off.
        is_embargo_full: The training labels' windows had closed before the first test cut-off.
    """

    training: list[pd.Timestamp]
    test: list[pd.Timestamp]
    final: list[pd.Timestamp]
    embargo_weeks: int
    is_embargo_full: bool

    def describe(self) -> dict[str, object]:
        """Return what was done, for the registry."""
        return {
            "training_cutoffs": [f"{week:%Y-%m-%d}" for week in self.training],
            "test_cutoffs": [f"{week:%Y-%m-%d}" for week in self.test],
            "final_cutoffs": [f"{week:%Y-%m-%d}" for week in self.final],
            "embargo_weeks": self.embargo_weeks,
            "is_embargo_full": self.is_embargo_full,
        }


def split(known: pd.DatetimeIndex, horizon_weeks: int) -> Split | None:
    """Choose test and training cut-offs among the weeks whose outcome is known.

    The last three cut-offs test, four weeks apart where history allows, otherwise two or one. Training cut-offs end
    horizon_weeks before the first test cut-off, so that no training label reaches into the test. Where history is too
    short for that, the last cut-off alone tests, and the embargo shrinks to what leaves four training cut-offs; the
    result says so.

    Args:
        known: Mondays in order, from the first week of history to the last with a known outcome.
        horizon_weeks: Weeks from a cut-off to the end of its window.

    Returns:
        The split, or None where not even a shrunk embargo leaves four training cut-offs.
    """
    last = len(known) - 1
    usable = list(known[FIRST_CUTOFF - 1 :])
    for step in TEST_STEPS:
        test = [last - step * back for back in reversed(range(TEST_CUTOFFS))]
        training = usable[: max(test[0] - horizon_weeks - FIRST_CUTOFF + 2, 0)]
        if len(training) >= MINIMUM_TRAINING_CUTOFFS:
            return _split(training, [known[i] for i in test], usable, horizon_weeks)
    training = usable[: max(last - horizon_weeks - FIRST_CUTOFF + 2, MINIMUM_TRAINING_CUTOFFS)]
    if len(usable) <= len(training):
        return None
    return _split(training, usable[-1:], usable, horizon_weeks)


def _split(
    training: list[pd.Timestamp], test: list[pd.Timestamp], usable: list[pd.Timestamp], horizon_weeks: int
) -> Split:
    embargo = (test[0] - training[-1]).days // 7
    return Split(spread(training), test, spread(usable), embargo, embargo >= horizon_weeks)


def spread(weeks: list[pd.Timestamp]) -> list[pd.Timestamp]:
    """Return at most TRAINING_CUTOFFS weeks, evenly spread and with the last: neighbors hold nearly the same rows."""
    if len(weeks) <= TRAINING_CUTOFFS:
        return weeks
    chosen = np.linspace(0, len(weeks) - 1, TRAINING_CUTOFFS).round().astype(int)
    return [weeks[i] for i in chosen]
