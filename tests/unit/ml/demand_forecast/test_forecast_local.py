"""Methods of single series against textbook figures and another library."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from statsforecast.models import SimpleExponentialSmoothing, Theta

from ml.demand_forecast import local
from ml.demand_forecast.panel import Panel

MakePanel = Callable[[dict[str, list[float]]], Panel]
RARE = [0, 0, 3, 0, 5, 0, 0, 0, 4, 0, 2, 0]


def test_croston_and_tsb_equal_the_textbook() -> None:
    """Figures of the definitions page, which statsforecast 2.1.1 gives as well."""
    filled = np.array([RARE], dtype=float)
    assert local.croston_sba(filled)[0] == pytest.approx(1.0293572, abs=1e-6)
    assert local.tsb(filled)[0] == pytest.approx(0.7863349, abs=1e-6)


@pytest.mark.parametrize(
    ("season", "expected"),
    [pytest.param(3, [4, 5, 6, 4], id="season"), pytest.param(1, [6, 6, 6, 6], id="last-value")],
)
def test_seasonal_naive(season: int, expected: list[float]) -> None:
    assert local.seasonal_naive(np.array([[1.0, 2, 3, 4, 5, 6]]), 4, season)[0].tolist() == expected


def test_series_younger_than_the_season_repeats_its_last_value(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [1, 2, 3, 4, 5, 6], "b": [8, 9]})
    assert local.seasonal_naive(grid.filled, 2, 4)[1].tolist() == [9, 9]


def test_exponential_smoothing_is_the_library_s_at_its_best_rate() -> None:
    values = np.random.default_rng(5).normal(50, 5, 40).cumsum() / 10 + 100
    theirs = []
    for rate in local.RATES:
        fitted = SimpleExponentialSmoothing(rate).forecast(values, 1, fitted=True)
        theirs.append((np.nansum((values - fitted["fitted"])[1:] ** 2), fitted["mean"][0]))
    ours = local.forecast(values[None, :], 1, 1)[local.SMOOTHING]
    assert ours[0, 0] == pytest.approx(min(theirs)[1], rel=1e-9)


def test_theta_halves_the_slope_of_a_straight_line() -> None:
    line = np.arange(20.0) * 2 + 10
    means = local.forecast(line[None, :], 3, 1)[local.THETA][0]
    # On a line smoothing ends at the fast rate, and the forecast rises by half of the slope a period.
    assert np.diff(means).tolist() == pytest.approx([1.0, 1.0])
    assert line[-1] - 2 < means[0] < line[-1] + 2


def test_seasonal_theta_repeats_a_week_s_shape_beside_the_library() -> None:
    """A shape that repeats exactly is repeated exactly; with noise the forecast is close to statsforecast's Theta."""
    shape = np.array([1.0, 2, 3, 4, 5, 6, 14]) * 10
    exact = local.forecast(np.tile(shape, 12)[None, :], 7, 7)[local.SEASONAL_THETA][0]
    np.testing.assert_allclose(exact, shape, rtol=0.02)
    noisy = np.random.default_rng(8).poisson(np.tile(shape, 12)).astype(float)
    ours = local.forecast(noisy[None, :], 7, 7)[local.SEASONAL_THETA][0]
    theirs = Theta(season_length=7).forecast(noisy, 7)["mean"]
    np.testing.assert_allclose(ours, theirs, rtol=0.15)
    assert np.abs(ours - shape).mean() < 6


def test_seasonal_theta_is_plain_where_two_seasons_are_not_known() -> None:
    values = np.random.default_rng(8).poisson(30, (1, 13)).astype(float)
    means = local.forecast(values, 3, 7)
    np.testing.assert_array_equal(means[local.SEASONAL_THETA], means[local.THETA])


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([5.0] * 30, id="constant"),
        pytest.param([0.0] * 30, id="zero"),
        pytest.param([-2.0] * 30, id="returns"),
        pytest.param([1.0] * 15 + [5000.0] + [1.0] * 14, id="spike"),
        pytest.param([7.0], id="one"),
        pytest.param([float("nan")] * 5, id="none"),
    ],
)
def test_degenerate_series_get_finite_means(values: list[float]) -> None:
    for season in (1, 7):
        for name, mean in local.forecast(np.array([values]), 4, season).items():
            assert np.isfinite(mean).all(), name
            assert (mean >= 0).all(), name
            assert mean.max() <= max(np.nan_to_num(np.array(values)).max(), 0) * 1.5, name


def test_level_of_a_constant_series_is_found() -> None:
    for name, mean in local.forecast(np.full((1, 40), 5.0), 4, 1).items():
        # Croston's corrected form is lower by rate / 2 by construction.
        factor = 0.95 if name == local.SBA else 1.0
        assert mean[0].tolist() == pytest.approx([5.0 * factor] * 4, rel=1e-3), name
