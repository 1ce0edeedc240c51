"""Accuracy measures against hand-computed figures."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ml import metrics

ACTUAL = [10, 12, 8, 0, 15]
FORECAST = [12, 10, 9, 2, 11]


@pytest.mark.parametrize(
    ("measured", "expected"),
    [
        pytest.param(metrics.wape(ACTUAL, FORECAST), 11 / 45, id="wape"),
        pytest.param(metrics.bias(ACTUAL, FORECAST), -1 / 45, id="bias-negative-is-under-forecast"),
        pytest.param(metrics.wql(ACTUAL, np.transpose([FORECAST]), [0.5]), 11 / 45, id="wql-of-the-median-is-wape"),
        # level .1: .1 x 2 + .9 x 1 = 1.1; level .9: .9 x 1 + .1 x 3 = 1.2; 2 x mean / 10
        pytest.param(metrics.wql([4, 6], [[2, 3], [7, 9]], [0.1, 0.9]), 0.23, id="wql-two-levels"),
    ],
)
def test_measure_equals_the_hand_figure(measured: float, expected: float) -> None:
    assert measured == pytest.approx(expected, abs=5e-6)


def test_coverage_is_the_share_at_or_below() -> None:
    covered = metrics.coverage([1, 2, 3, 4], [[1, 5], [1, 2], [1, 9], [1, 3]])
    assert covered.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("measure", [metrics.wape, metrics.bias])
def test_nothing_sold_has_no_ratio(measure: object) -> None:
    assert math.isnan(measure([0, 0], [1, 2]))  # type: ignore[operator]


def test_scale_is_the_error_of_the_seasonal_naive_forecast() -> None:
    training = np.array([[1, 5, 2, 8], [1, np.nan, 2, 8], [3, 4, 3, 4]], dtype=float)
    # |2 - 1| and |8 - 5|; |2 - 1| alone where a week is not known; no error at all.
    np.testing.assert_equal(metrics.naive_scales(training, season=2), [2.0, 1.0, np.nan])


def test_scale_of_a_series_shorter_than_its_season_is_not_known() -> None:
    assert np.isnan(metrics.naive_scales(np.array([[1.0, 2.0]]), season=52)).all()
