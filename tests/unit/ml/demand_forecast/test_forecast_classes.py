"""Demand classes against the figures of the textbook series."""

from __future__ import annotations

import numpy as np
import pytest

from ml.demand_forecast import classes

TEXTBOOK = np.array([[0, 0, 3, 0, 5, 0, 0, 0, 4, 0, 2, 0]], dtype=float)


def test_interval_and_variation_of_the_textbook_series() -> None:
    assert classes.interval(TEXTBOOK)[0] == pytest.approx(3.0)
    # Sizes 3, 5, 4, 2: population variance 1.25 over 3.5 squared.
    assert classes.variation(TEXTBOOK)[0] == pytest.approx(0.102, abs=5e-4)


@pytest.mark.parametrize(
    ("demand", "expected"),
    [
        pytest.param([4, 5, 6, 5], "smooth", id="smooth"),
        pytest.param([0, 0, 3, 0, 5, 0, 0, 0, 4, 0, 2, 0], "intermittent", id="textbook"),
        pytest.param([1, 1, 30, 1, 2, 1], "erratic", id="erratic"),
        pytest.param([0, 0, 40, 0, 1, 0, 0, 1], "lumpy", id="lumpy"),
        pytest.param([0, 0, 0, 0], "intermittent", id="never-sold"),
        pytest.param([5, np.nan, np.nan, np.nan, 5, 5], "smooth", id="censored-weeks-are-no-gaps"),
    ],
)
def test_class(demand: list[float], expected: str) -> None:
    assert classes.classify(np.array([demand], dtype=float))[0] == expected


@pytest.mark.parametrize(
    ("observed", "expected"),
    [(3, "insufficient"), (4, "short_history"), (25, "short_history"), (26, "ok")],
)
def test_data_status_counts_observed_weeks_only(observed: int, expected: str) -> None:
    demand = np.array([[np.nan] * 30 + [1.0] * observed])
    assert classes.data_status(demand)[0] == expected
