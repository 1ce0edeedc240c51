"""Promotions known some periods ahead: what the models see of them, and what they add to the usual demand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import engine, panel, promotions
from ml.demand_forecast.engine import Setting
from ml.demand_forecast.features import Features, encode
from ml.demand_forecast.panel import Panel

SERIES, WEEKS, HORIZON, LEAD = 60, 100, 8, 4
USUAL, TIMES = 20.0, 3.0
NAME = "x_promoted_share"


def promoted_grid() -> Panel:
    """Demand of 20 a week, three times as much in promoted ones; ten series are promoted in week 2 to come."""
    draw = np.random.default_rng(5)
    promoted = (draw.random((SERIES, WEEKS + HORIZON)) < 0.08).astype(float)
    promoted[:, WEEKS:] = 0.0
    promoted[:10, WEEKS + 1] = 1.0
    demand = draw.poisson(USUAL * np.where(promoted > 0, TIMES, 1.0)).astype(float)
    demand[:, WEEKS:] = np.nan
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number:02d}" for number in range(SERIES)], WEEKS + HORIZON),
            "ds": np.tile(pd.date_range("2022-01-03", periods=WEEKS + HORIZON, freq="W-MON"), SERIES),
            "y": demand.ravel(),
            NAME: promoted.ravel(),
        }
    )
    return panel.build(frame)


@pytest.fixture(scope="module")
def learned() -> engine.Engine:
    return engine.fit(promoted_grid(), Setting(HORIZON, 52, lead=LEAD))


def test_drivers_are_seen_over_the_lead_only() -> None:
    grid = promoted_grid()
    row, step = np.zeros(HORIZON, dtype=np.int64), np.arange(1, HORIZON + 1)
    origin = np.full(HORIZON, WEEKS)
    for lead, known in ((None, HORIZON), (LEAD, LEAD), (0, 0)):
        features = Features(grid, 52, HORIZON, encode(grid), lead=lead)
        matrix, _ = features.make(row, origin, step)
        found = dict(zip(features.names, matrix.T, strict=True))
        assert np.isnan(found["x_promoted_share"]).tolist() == [number > known for number in step]
        assert np.isnan(found["x_promoted_share_uplift"]).tolist() == [number > known for number in step]
        assert np.isnan(found["x_promoted_share_next"]).tolist() == [number >= known for number in step]


def test_what_lies_beyond_the_lead_changes_nothing(learned: engine.Engine) -> None:
    grid = promoted_grid()
    later = grid.known[NAME].copy()
    later[:, WEEKS + LEAD :] = 1.0
    first = engine.forecast(learned, grid)
    second = engine.forecast(learned, replace(grid, known={NAME: later}))
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.quantiles, second.quantiles)


def test_the_baseline_is_what_sells_without_promotion(learned: engine.Engine) -> None:
    grid = promoted_grid()
    found = engine.forecast(learned, grid)
    usual = promotions.baseline(learned, grid, found, NAME)
    assert found.mean[:10, 1].mean() == pytest.approx(TIMES * USUAL, rel=0.15)
    assert usual[:10, 1].mean() == pytest.approx(USUAL, rel=0.1)
    np.testing.assert_allclose(usual[10:, 1], found.mean[10:, 1], rtol=0.1)


def test_without_a_promotion_the_baseline_is_the_forecast(learned: engine.Engine) -> None:
    grid = promotions.without(promoted_grid(), NAME)
    found = engine.forecast(learned, grid)
    assert promotions.baseline(learned, grid, found, NAME) is found.mean
    assert (grid.known[NAME][:, :WEEKS] == promoted_grid().known[NAME][:, :WEEKS]).all()


def test_a_driver_ahead_is_nan_where_it_was_not_given() -> None:
    grid = promoted_grid()
    assert promotions.ahead(grid, NAME, HORIZON)[0].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]
    assert np.isnan(promotions.ahead(grid, NAME, HORIZON + 2)[0]).tolist() == [False] * 8 + [True] * 2
    assert np.isnan(promotions.ahead(grid, "x_other", HORIZON)).all()


def test_smaller_promotions_ahead_do_not_change_how_the_past_is_seen() -> None:
    """Of the promotions so far half were of all places, half of a fifth of them; those to come are of a fifth."""
    grid = promoted_grid()
    shares = grid.known[NAME].copy()
    shares[1::2] *= 0.2
    shares[:10, WEEKS:] *= 0.2
    mixed = replace(grid, known={NAME: shares})
    case = tuple(np.array([value]) for value in (41, WEEKS, 1))
    seen, quiet = (
        Features(one, 52, HORIZON, encode(one), lead=LEAD).make(*case)
        for one in (mixed, promotions.without(mixed, NAME))
    )
    np.testing.assert_array_equal(seen[0], quiet[0])
    np.testing.assert_array_equal(seen[1], quiet[1])
