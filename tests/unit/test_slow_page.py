"""How early alarms come, by hand."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd
import pytest

from benchmarks.slow_movers import lead
from ml.slow_movers.door import Given
from ml.splits import Split

FIRST = pd.Timestamp("2024-01-01")


def test_alarms_of_the_cutoff_are_early_and_later_ones_are_late() -> None:
    keys = {"product_id": list("abcde"), "planning_location_id": "d", "cutoff": FIRST}
    # a is flagged at once, b and c later, d never; e is not slow.
    rows = pd.DataFrame(keys).assign(is_slow=[True, True, True, True, False])
    plan = Split([], [FIRST], [], 2, is_embargo_full=True)
    weeks = pd.date_range(FIRST, periods=3, freq="7D")
    flagged = {
        week: pd.MultiIndex.from_tuples([(item, "d") for item in items])
        for week, items in zip(weeks, ("ae", "ab", "ce"), strict=True)
    }
    given = Given(cast(Any, None), pd.DataFrame(), rows, plan, has_stock=True)
    assert lead._share(given, flagged, horizon=2) == pytest.approx(1 / 3)
    assert lead._share(given, flagged, horizon=1) == pytest.approx(1 / 2)
