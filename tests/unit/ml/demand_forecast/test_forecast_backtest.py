"""Cut-offs, what came beside forecasts, and the figures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml import metrics
from ml.demand_forecast import backtest, engine, judging, panel, scores
from ml.demand_forecast.engine import DECILE_NAMES, Setting
from ml.demand_forecast.panel import Panel
from ml.metrics import DECILES

SETTING = Setting(horizon=4, season=52)


@pytest.fixture(scope="module")
def grid(market: pd.DataFrame) -> Panel:
    return panel.build(market)


@pytest.fixture(scope="module")
def found(grid: Panel) -> pd.DataFrame:
    return judging.run(grid, [52, 56], SETTING)


@pytest.mark.parametrize(
    ("length", "horizon", "count", "expected"),
    [
        pytest.param(52, 13, 3, [27, 33, 39], id="one-year"),
        pytest.param(143, 13, 3, [104, 117, 130], id="a-horizon-apart"),
        pytest.param(39, 13, 3, [26], id="room-for-one"),
        pytest.param(12, 13, 3, [8], id="horizon-longer-than-history"),
    ],
)
def test_plan(length: int, horizon: int, count: int, expected: list[int]) -> None:
    assert judging.plan(length, horizon, count) == expected


def test_plan_refuses_a_few_weeks() -> None:
    with pytest.raises(engine.HistoryError, match="9 periods of history, got 8"):
        judging.plan(8, 13, 3)


def test_cutoffs_leave_a_whole_horizon_and_lie_a_step_apart(grid: Panel) -> None:
    assert backtest.cutoffs(grid, 13, 3, 13) == [21, 34, 47]
    assert backtest.cutoffs(grid, 4, 2, 1) == [55, 56]
    with pytest.raises(ValueError, match="need 99 periods, the frame has 60"):
        backtest.cutoffs(grid, 13, 7, 13)


def test_cutoffs_at_dates_see_the_period_they_lie_in(grid: Panel) -> None:
    days = [grid.periods[20].date(), (grid.periods[30] + pd.Timedelta(days=3)).date()]
    assert backtest.at_dates(grid, days) == [21, 31]
    with pytest.raises(ValueError, match="--cutoff 2020-01-01 must lie between"):
        backtest.at_dates(grid, [pd.Timestamp("2020-01-01").date()])


def test_actuals_are_those_after_the_cutoff(grid: Panel, market: pd.DataFrame) -> None:
    method_sees = []

    def flat(known: Panel, setting: Setting) -> pd.DataFrame:
        method_sees.append(len(known.periods))
        dates = known.future(setting.horizon)
        frame = pd.DataFrame({"unique_id": np.repeat(known.ids, 4), "ds": np.tile(dates, len(known.ids)), "mean": 1.0})
        return frame.assign(**dict.fromkeys(DECILE_NAMES, 1.0))

    result = backtest.run(grid, [52, 58], SETTING, flat)
    assert method_sees == [52, 58]
    merged = result.merge(market, on=["unique_id", "ds"], how="left", suffixes=("", "_true"))
    assert merged["y"].equals(merged["y_true"])
    # Two of the four weeks after the last cut-off lie beyond the data.
    assert merged.groupby("cutoff")["y"].apply(lambda y: y.isna().sum()).tolist() == [0, 120]
    assert set(result["step"]) == {1, 2, 3, 4}


def test_figures_of_the_table_are_those_of_the_measures(found: pd.DataFrame) -> None:
    table = judging.table(found).set_index(["model_name", "demand_class", "horizon_week"])
    rows = found[(found["model_name"] == "tsb") & (found["demand_class"] == "smooth") & (found["step"] == 2)]
    actual, mean = rows["y"].to_numpy(), rows["mean"].to_numpy()
    one = table.loc[("tsb", "smooth", 2)]
    assert one["wape"] == pytest.approx(np.abs(actual - mean).sum() / actual.sum())
    assert one["bias"] == pytest.approx((mean.sum() - actual.sum()) / actual.sum())
    assert one["wql"] == pytest.approx(metrics.wql(actual, rows[DECILE_NAMES], DECILES))
    assert one["actual_quantity"] == actual.sum()
    assert (table.loc[("champion", "all", 0), ["series_count", "cutoff_count"]] == [60, 2]).all()
    assert set(table.index.get_level_values("horizon_week")) == {0, 1, 2, 3, 4}
    assert table["is_champion"].groupby("model_name").all().loc[lambda flags: flags].index.tolist() == ["champion"]


def test_the_engine_beats_the_naive_forecast_on_noise_around_a_level(found: pd.DataFrame) -> None:
    table = judging.table(found).query("horizon_week == 0 and demand_class == 'all'")
    losses = table.set_index("model_name")["wql"]
    assert losses["champion"] < 0.95 * losses["seasonal_naive"]
    assert losses["champion"] < 1.05 * losses.min()


def test_scores_total_and_classes(found: pd.DataFrame) -> None:
    one = found[found["model_name"] == "champion"]
    table = scores.score(one).set_index("demand_class")
    assert table.index[0] == "all"
    assert table.loc["all", "observations"] == len(one)
    assert table["observations"].drop("all").sum() == len(one)
    inside = (one["y"] <= one["q80"]).mean()
    assert table.loc["all", "coverage_q80"] == pytest.approx(inside)


def test_balanced_coverage_shares_out_ties() -> None:
    """Half of the demand is 0, where four deciles lie: each counts by its place in the step, which ends at .5."""
    quantiles = np.array([[0, 0, 0, 0, 1, 2, 3, 4, 5]], dtype=float).repeat(4, axis=0)
    actual = np.array([0, 0, 2.5, 9])
    found = metrics.balanced_coverage(actual, quantiles, DECILES)
    # 0 lies in the step from 0 to .5; 2.5 between .6 and .7; 9 above all.
    expected = [np.mean([min(p / 0.5, 1), min(p / 0.5, 1), p >= 0.7, 0]) for p in DECILES]
    np.testing.assert_allclose(found, expected)


def test_balanced_coverage_of_calibrated_counts_is_the_level() -> None:
    draw = np.random.default_rng(3)
    rates = draw.uniform(0.2, 6, 20_000)
    from scipy.stats import poisson

    quantiles = poisson.ppf(DECILES[None, :], rates[:, None])
    found = metrics.balanced_coverage(draw.poisson(rates), quantiles, DECILES)
    np.testing.assert_allclose(found, DECILES, atol=0.03)
