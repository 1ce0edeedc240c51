"""Reconciliation of forecasts against hand figures."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.forecast.reconciling import reconcile

TWO = np.array([[1.0, 1.0]])


@pytest.mark.parametrize(
    ("spread", "sums_spread", "expected"),
    [
        # All three are as sure: the gap of 3 is shared out, a third each.
        pytest.param([1.0, 1.0], [1.0], [5.0, 6.0], id="alike"),
        # The sum is certain, and of the parts the second is twice as far off as a rule: 1/5 and 4/5 of the gap.
        pytest.param([1.0, 2.0], [1e-9], [4.6, 7.4], id="certain-sum"),
        pytest.param([1.0, 1.0], [1e9], [4.0, 5.0], id="sum-that-knows-nothing"),
    ],
)
def test_the_gap_goes_where_forecasts_are_unsure(
    spread: list[float], sums_spread: list[float], expected: list[float]
) -> None:
    """4 and 5 are forecast, and 12 for their sum."""
    found = reconcile(np.array([4.0, 5.0]), np.array([12.0]), np.array(spread), np.array(sums_spread), TWO)
    assert found.tolist() == pytest.approx(expected, abs=1e-6)


def test_no_part_falls_below_nothing() -> None:
    found = reconcile(np.array([0.5, 5.0]), np.array([0.0]), np.ones(2), np.array([1e-9]), TWO)
    assert found[0] == 0.0
