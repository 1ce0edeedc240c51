"""Cut-offs, leakage, the choice of champions and the figures."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from statsforecast import StatsForecast
from statsforecast.models import CrostonSBA

from ml import metrics
from ml.demand_forecast import backtest, models, panel
from ml.demand_forecast.backtest import Evaluation

SETTING = models.Setting(horizon=4, season=52, naive_season=1, freq="W-MON")


@pytest.fixture(scope="module")
def evaluation(market: pd.DataFrame) -> Evaluation:
    return backtest.run(panel.build(market), [48, 52, 56], SETTING)


@pytest.mark.parametrize(
    ("length", "horizon", "count", "expected"),
    [
        pytest.param(52, 13, 3, [27, 33, 39], id="one-year"),
        pytest.param(143, 13, 3, [104, 117, 130], id="a-horizon-apart"),
        pytest.param(39, 13, 3, [26], id="room-for-one"),
        pytest.param(12, 13, 3, [6], id="horizon-longer-than-history"),
    ],
)
def test_plan(length: int, horizon: int, count: int, expected: list[int]) -> None:
    assert backtest.plan(length, horizon, count) == expected


def test_plan_refuses_a_few_weeks() -> None:
    with pytest.raises(ValueError, match="8 periods of history, got 7"):
        backtest.plan(7, 13, 3)


def test_naive_forecast_uses_the_season_only_where_every_cutoff_has_seen_one() -> None:
    assert backtest.naive_season([52, 60], 52) == 52
    assert backtest.naive_season([51, 60], 52) == 1


def test_changing_the_future_changes_nothing_a_cutoff_sees(market: pd.DataFrame) -> None:
    cutoffs, week = [44, 48, 52], np.sort(market["ds"].unique())[48]
    changed = market.copy()
    changed.loc[changed["ds"] >= week, "y"] = changed["y"] * 7 + 3
    changed["p_is_stockout_week"] = (changed["ds"] >= week) & (changed["unique_id"] > "p40")
    before, after = (backtest.run(panel.build(frame), cutoffs, SETTING) for frame in (market, changed))
    known = before.cutoff <= 48
    for attribute in ("raw", "means", "deciles"):
        for name, values in getattr(before, attribute).items():
            other = getattr(after, attribute)[name]
            np.testing.assert_array_equal(values[known], other[known], err_msg=f"{attribute} {name}")
            assert not np.array_equal(values[~known], other[~known])
    for name in ("ids", "classes", "level", "maximum", "scale"):
        np.testing.assert_array_equal(getattr(before, name)[known], getattr(after, name)[known])
    assert not np.array_equal(before.actual[known], after.actual[known])


def test_backtest_equals_the_library_s_own_cross_validation(market: pd.DataFrame, evaluation: Evaluation) -> None:
    engine = StatsForecast([CrostonSBA()], freq="W-MON")
    theirs = engine.cross_validation(df=market[["unique_id", "ds", "y"]], h=4, n_windows=3, step_size=4)
    theirs = theirs.sort_values(["cutoff", "unique_id", "ds"])
    ours = np.minimum(theirs["CrostonSBA"].to_numpy(), np.repeat(models.MEAN_CAP * evaluation.maximum, 4))
    np.testing.assert_allclose(evaluation.raw["croston_sba"].ravel(), ours, rtol=1e-9)
    np.testing.assert_array_equal(evaluation.actual.ravel(), theirs["y"].to_numpy())


def test_figures_of_the_table_are_those_of_the_measures(evaluation: Evaluation) -> None:
    choices = backtest.choose(evaluation, 0.01)
    table = backtest.table(evaluation, choices).set_index(["model_name", "demand_class", "horizon_week"])
    rows = evaluation.classes == "smooth"
    actual, mean = evaluation.actual[rows, 1], evaluation.means["tsb"][rows, 1]
    found = table.loc[("tsb", "smooth", 2)]
    assert found["wape"] == pytest.approx(np.abs(actual - mean).sum() / actual.sum())
    assert found["bias"] == pytest.approx((mean.sum() - actual.sum()) / actual.sum())
    assert found["wql"] == pytest.approx(metrics.wql(actual, evaluation.deciles["tsb"][rows, 1], metrics.DECILES))
    assert found["actual_quantity"] == actual.sum()
    assert table.loc[("champion", "all", 0), "series_count"] == 60
    champions = table[table["is_champion"] & (table.index.get_level_values("horizon_week") == 0)]
    named = {key[1]: key[0] for key in champions.index if key[0] != backtest.CHAMPION}
    assert named == {name: model for name, model in choices.items() if name != "all"}


def test_champion_beats_the_naive_forecast_on_noise_around_a_level(evaluation: Evaluation) -> None:
    choices = backtest.choose(evaluation, 0.01)
    table = backtest.table(evaluation, choices).query("horizon_week == 0 and demand_class == 'all'")
    losses = table.set_index("model_name")["wql"]
    assert losses["champion"] < 0.95 * losses["seasonal_naive"]


def test_naive_stays_champion_where_the_gain_is_within_the_margin(evaluation: Evaluation) -> None:
    naive = evaluation.deciles[models.BASELINE]
    # 3 % of the way to the best forecast is better, and not enough better.
    better = naive + 0.03 * (evaluation.deciles["window_average"] - naive)
    two = dataclasses.replace(evaluation, means={models.BASELINE: naive[..., 4], "tsb": naive[..., 4]})
    two = dataclasses.replace(two, deciles={models.BASELINE: naive, "tsb": better})
    assert set(backtest.choose(two, 0.0).values()) == {"tsb"}
    assert set(backtest.choose(two, 0.05).values()) == {models.BASELINE}
