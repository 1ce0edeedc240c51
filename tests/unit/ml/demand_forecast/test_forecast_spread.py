"""Deciles and combinations on forecasts whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import gamma, norm, poisson

from ml import metrics
from ml.demand_forecast import combination, spread
from ml.metrics import QUANTILES

COUNT = 40_000
DRAW = np.random.default_rng(6)
STEP = DRAW.integers(1, 5, COUNT)


def test_deciles_are_those_of_the_distribution_that_errors_were_drawn_from() -> None:
    """The error of half of the cases is three times as wide, as a feature tells."""
    center, is_wide = DRAW.uniform(50, 150, COUNT), DRAW.random(COUNT) < 0.5
    deviation = np.where(is_wide, 0.3, 0.1) * center
    actual = center + deviation * DRAW.standard_normal(COUNT)
    matrix = np.column_stack([is_wide, center / 100]).astype(np.float32)
    falls = spread.fit(matrix, center, STEP, center, actual, horizon=4, is_count=False)
    mean, found = falls.describe(matrix, center, STEP, center, np.full(COUNT, 1e9))
    np.testing.assert_allclose(mean, center, rtol=0.02)
    for chosen in (is_wide, ~is_wide):
        standard = ((found - center[:, None]) / deviation[:, None])[chosen].mean(axis=0)
        np.testing.assert_allclose(standard, norm.ppf(QUANTILES), atol=0.08)


def test_deciles_of_rare_demand_are_zero_up_to_the_chance_of_none() -> None:
    center = np.full(COUNT, 0.25)
    actual = DRAW.poisson(0.25, COUNT).astype(float)
    falls = spread.fit(None, center, STEP, center, actual, horizon=4, is_count=True)
    mean, found = falls.describe(None, center, STEP, center, np.full(COUNT, 1e9))
    assert mean[0] == pytest.approx(0.25, abs=0.02)
    # P(0) is 77.9 %, P(at most 1) 97.4 %.
    assert found[0].tolist() == poisson.ppf(QUANTILES, 0.25).tolist()


def test_deciles_of_counts_are_whole_and_those_of_the_distribution() -> None:
    rates = DRAW.uniform(0.3, 8, COUNT)
    actual = poisson(rates).rvs(COUNT, random_state=5).astype(float)
    matrix = np.column_stack([rates, STEP]).astype(np.float32)
    falls = spread.fit(matrix, rates, STEP, rates, actual, horizon=4, is_count=True)
    mean, found = falls.describe(matrix, rates, STEP, rates, np.full(COUNT, 1e9))
    assert np.abs(mean - rates).mean() < 0.15
    assert (found == np.round(found)).all()
    truth = poisson.ppf(QUANTILES[None, :], rates[:, None])
    assert (found == truth).mean() > 0.85
    assert np.abs(found - truth).max() <= 3
    np.testing.assert_allclose(metrics.balanced_coverage(actual, found, QUANTILES), QUANTILES, atol=0.03)


def test_deciles_never_cross_and_keep_within_their_bounds() -> None:
    center = DRAW.gamma(1, 20, COUNT)
    actual = gamma(2, scale=center / 2).rvs(COUNT, random_state=3)
    matrix = np.column_stack([center, STEP]).astype(np.float32)
    highest = np.full(COUNT, 30.0)
    mean, found = spread.fit(matrix, center, STEP, center, actual, horizon=4, is_count=False).describe(
        matrix, center, STEP, center, highest
    )
    assert (np.diff(found, axis=1) >= 0).all()
    assert found.min() >= 0
    assert found.max() <= 30
    assert mean.max() <= 30


def test_a_biased_forecast_has_an_unbiased_mean_inside_its_distribution() -> None:
    """The forecast is the median of skewed demand; the mean lies where that of the distribution does."""
    scale = DRAW.uniform(20, 80, COUNT)
    actual = gamma(1, scale=scale).rvs(COUNT, random_state=4)
    median = scale * np.log(2)
    matrix = np.column_stack([scale, STEP]).astype(np.float32)
    falls = spread.fit(matrix, median, STEP, median, actual, horizon=4, is_count=False)
    mean, found = falls.describe(matrix, median, STEP, median, np.full(COUNT, 1e9))
    np.testing.assert_allclose(mean.mean(), scale.mean(), rtol=0.02)
    # Of an exponential distribution 63.2 % lie below the mean: between the sixth and the seventh decile.
    sixth, seventh = found[:, QUANTILES == 0.6][:, 0], found[:, QUANTILES == 0.7][:, 0]
    assert ((sixth < mean) & (mean < seventh)).mean() > 0.9


def test_spread_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no past forecast"):
        spread.fit(None, np.zeros(3), np.ones(3, dtype=int), np.zeros(3), np.ones(3), horizon=4, is_count=False)


def test_the_better_candidate_is_chosen_where_it_is_better() -> None:
    actual = DRAW.gamma(4, 25, COUNT)
    noise = DRAW.normal(0, 80, COUNT)
    classes = np.where(np.arange(COUNT) % 2, "smooth", "lumpy")
    candidates = {
        "first": np.maximum(np.where(classes == "smooth", actual, actual + noise), 0),
        "second": np.maximum(np.where(classes == "lumpy", actual, actual + noise), 0),
    }
    third = combination.thirds(STEP, 4)
    weights = combination.choose(candidates, actual, classes, third, seed=1)
    for part in range(3):
        assert weights["smooth", part] == {"first": 1.0}
        assert weights["lumpy", part] == {"second": 1.0}
    np.testing.assert_allclose(combination.combine(weights, candidates, classes, third), actual)
    assert set(combination.names(weights, classes, third)) == {"first", "second"}


def test_errors_that_cancel_are_combined() -> None:
    actual, noise = DRAW.gamma(4, 25, COUNT), DRAW.normal(0, 20, COUNT)
    candidates = {"high": np.maximum(actual + noise, 0), "low": np.maximum(actual - noise, 0)}
    one = np.full(COUNT, "smooth")
    weights = combination.choose(candidates, actual, one, np.zeros(COUNT, dtype=int), seed=1)
    assert weights["smooth", 0] == {"high": 0.5, "low": 0.5}


def test_a_class_with_few_cases_and_a_third_never_reached_use_what_there_is() -> None:
    actual = DRAW.gamma(4, 25, 1000)
    classes = np.where(np.arange(1000) < 30, "lumpy", "smooth")
    weights = combination.choose({"only": actual}, actual, classes, np.zeros(1000, dtype=int), seed=1)
    assert set(weights) == {("all", 0), ("smooth", 0)}
    found = combination.combine(weights, {"only": actual}, classes, np.full(1000, 2))
    np.testing.assert_array_equal(found, actual)
