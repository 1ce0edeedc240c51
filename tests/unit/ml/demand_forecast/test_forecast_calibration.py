"""Deciles never cross, are never negative, and cover what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from ml.demand_forecast import calibration
from ml.metrics import DECILES, coverage

HORIZON = 6
quantities = st.floats(0, 1e6, allow_nan=False, width=32)


@settings(deadline=None, max_examples=60)
@given(
    actual=arrays.arrays(float, (12, HORIZON), elements=quantities),
    mean=arrays.arrays(float, (12, HORIZON), elements=quantities),
    other=arrays.arrays(float, (5, HORIZON), elements=quantities),
    level=arrays.arrays(float, 12, elements=quantities),
    classes=st.lists(st.sampled_from(["smooth", "lumpy"]), min_size=12, max_size=12),
)
def test_deciles_ascend_and_stay_within_bounds(
    actual: np.ndarray, mean: np.ndarray, other: np.ndarray, level: np.ndarray, classes: list[str]
) -> None:
    tables = calibration.fit(actual, mean, level, np.array(classes))
    maximum = actual.max(axis=1)[:5]
    unseen = np.array(["smooth", "lumpy", "erratic", "smooth", "intermittent"])
    center, deciles = calibration.apply(tables, other, level[:5], unseen, maximum)
    assert (np.diff(deciles, axis=2) >= 0).all()
    for values in (center[:, :, None], deciles):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
        assert (values <= calibration.CAP * maximum[:, None, None] + 1e-9).all()


def test_deciles_of_new_draws_cover_their_levels_and_the_mean_is_freed_of_bias() -> None:
    draw = np.random.default_rng(5)
    rates = draw.uniform(20, 200, 3000)
    classes = np.full(3000, "smooth")
    biased = np.repeat(1.3 * rates[:, None], HORIZON, axis=1)
    past, future = (draw.poisson(rates[:, None], (3000, HORIZON)).astype(float) for _ in range(2))
    center, deciles = calibration.apply(
        calibration.fit(past, biased, rates, classes), biased, rates, classes, past.max(axis=1)
    )
    assert center.sum() == pytest.approx(future.sum(), rel=0.01)
    assert coverage(future.ravel(), deciles.reshape(-1, 9)) == pytest.approx(DECILES, abs=0.03)


def test_weeks_the_backtest_never_reached_use_the_nearest_earlier_ones() -> None:
    draw = np.random.default_rng(6)
    actual = draw.poisson(30, (400, 3)).astype(float)
    padded = np.hstack([actual, np.full((400, 3), np.nan)])
    mean, level, classes = np.full((400, 6), 30.0), np.full(400, 30.0), np.full(400, "smooth")
    tables = calibration.fit(padded, mean, level, classes)
    _, deciles = calibration.apply(tables, mean, level, classes, actual.max(axis=1))
    np.testing.assert_array_equal(deciles[:, 5], deciles[:, 2])
