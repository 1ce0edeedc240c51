"""Which earlier forecasts calibrate a later one, and that stock-outs leave no bias behind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml import metrics
from ml.demand_forecast import backtest, engine, models, panel, residuals

ONE_YEAR = [13, 16, 19, 22, 25, 27, 28, 31, 33, 34, 37, 39, 40, 43, 46, 49]


def setting(horizon: int, naive_season: int = 1) -> models.Setting:
    return models.Setting(horizon=horizon, season=52, naive_season=naive_season, freq="W-MON")


@pytest.mark.parametrize(
    ("length", "cutoffs", "naive_season", "expected"),
    [
        pytest.param(52, [27, 33, 39], 1, ONE_YEAR, id="one-year"),
        pytest.param(91, [52, 65, 78], 52, [52, *range(52, 91, 3)][1:], id="none-before-the-first-season"),
        pytest.param(12, [6], 1, [6, 9], id="a-few-weeks"),
    ],
)
def test_origins(length: int, cutoffs: list[int], naive_season: int, expected: list[int]) -> None:
    assert residuals.origins(length, cutoffs, setting(13, naive_season)) == sorted({*cutoffs, *expected})


def test_tables_hold_the_errors_of_weeks_that_had_passed(market: pd.DataFrame) -> None:
    grid = panel.build(market)
    past = residuals.collect(grid, [40, 44, 46, 48], setting(4))
    assert past is not None
    known = (past.cutoff[:, None] + np.arange(4)) < 46
    assert known.sum() == 60 * (4 + 2)
    other = past.actual.copy()
    other[~known] = 1e6
    changed = residuals.Residuals(**(vars(past) | {"actual": other}))
    tables, same = (residuals.tables(errors, "tsb", grid.until(46)) for errors in (past, changed))
    assert tables.keys() == same.keys()
    for key, table in tables.items():
        np.testing.assert_array_equal(table.ratios, same[key].ratios)
        np.testing.assert_array_equal(table.factors, same[key].factors)


def test_a_handful_of_errors_gives_way_to_the_history_s_own_spread() -> None:
    weeks = pd.date_range("2023-01-02", periods=20, freq="W-MON")
    grid = panel.build(pd.DataFrame({"unique_id": "a", "ds": weeks, "y": [0.0, 10.0] * 10}))
    past = residuals.collect(grid, [14, 16], setting(4))
    assert past is not None
    table = residuals.tables(past, "tsb", grid)["all", 0]
    # Half of the weeks at 0 and half at 10, around a mean of 5 and an offset of a tenth of it.
    assert table.ratios[0].tolist() == pytest.approx([0.5 / 5.5] * 4 + [1.0] + [10.5 / 5.5] * 4)
    assert table.factors.tolist() == pytest.approx([1.0])


def test_stockouts_that_follow_strong_demand_leave_no_bias() -> None:
    draw = np.random.default_rng(21)
    weeks = pd.date_range("2023-01-02", periods=60, freq="W-MON")
    rates = draw.uniform(4, 30, 180)
    demand = draw.poisson(rates[:, None] * draw.gamma(8, 1 / 8, (180, 60))).astype(float)
    # The strongest sixth of the weeks empties the shelf on some day, after having sold what it did.
    out = demand > 1.4 * rates[:, None]
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"p{number:03d}" for number in range(180)], 60),
            "ds": np.tile(weeks, 180),
            "y": demand.ravel(),
            "p_is_stockout_week": out.ravel(),
        }
    )
    grid = panel.build(frame)
    assert np.nanmean(grid.demand) < 0.9 * demand.mean()
    model, evaluation = engine.train(grid, horizon=6, season=52, freq="W-MON", cutoffs=3, margin=0.01)
    mean, _ = backtest.combined(evaluation, model.choices)
    for cutoff in np.unique(evaluation.cutoff):
        sold = demand[:, cutoff : cutoff + 6]
        assert metrics.bias(sold, mean[evaluation.cutoff == cutoff]) == pytest.approx(0, abs=0.03), cutoff
    forecast = engine.forecast(model, grid, frame[["unique_id"]].drop_duplicates())
    assert forecast["mean"].sum() == pytest.approx(6 * rates.sum(), rel=0.03)
