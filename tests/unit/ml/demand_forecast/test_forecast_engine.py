"""The engine end to end on series with known truth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import backtest, boosted, engine, panel
from ml.demand_forecast.engine import DECILE_NAMES, Engine, Setting
from ml.demand_forecast.panel import Panel

SETTING = Setting(horizon=6, season=52)
MakePanel = Callable[[dict[str, list[float]]], Panel]
NOISE = np.random.default_rng(2).poisson(4, 60).astype(float).tolist()


@pytest.fixture(scope="module")
def learned(market: pd.DataFrame) -> Engine:
    return engine.fit(panel.build(market), SETTING)


def forecast(model: Engine, grid: Panel) -> pd.DataFrame:
    return engine.long(engine.forecast(model, grid), grid)


def test_every_series_has_every_week_with_ordered_deciles(market: pd.DataFrame, learned: Engine) -> None:
    found = forecast(learned, panel.build(market))
    assert len(found) == 60 * 6
    assert found["ds"].min() == market["ds"].max() + pd.Timedelta(weeks=1)
    assert (found.groupby("unique_id")["step"].apply(list).map(lambda steps: steps == [1, 2, 3, 4, 5, 6])).all()
    deciles = found[DECILE_NAMES].to_numpy()
    assert (np.diff(deciles, axis=1) >= 0).all()
    assert (deciles >= 0).all()
    rates = market.groupby("unique_id")["y"].mean()
    means = found.groupby("unique_id")["mean"].mean()
    assert means.sum() == pytest.approx(rates.sum(), rel=0.05)


def test_deciles_are_those_of_the_poisson_demand_behind(market: pd.DataFrame, learned: Engine) -> None:
    """Dense series sell Poisson quantities: 80 % of them lie within the outer deciles of that distribution."""
    found = forecast(learned, panel.build(market)).query("unique_id < 'p30'")
    rates = market.groupby("unique_id")["y"].mean()
    rate = found["unique_id"].map(rates).to_numpy()
    width = ((found["q90"] - found["q10"]) / (2 * 1.2816 * np.sqrt(rate))).mean()
    assert width == pytest.approx(1, abs=0.2)


def test_two_fits_give_identical_forecasts(market: pd.DataFrame, learned: Engine) -> None:
    grid = panel.build(market)
    again = engine.fit(grid, SETTING)
    assert again.weights == learned.weights
    pd.testing.assert_frame_equal(forecast(learned, grid), forecast(again, grid), check_exact=True)


def test_row_order_of_the_input_does_not_matter(market: pd.DataFrame, learned: Engine) -> None:
    shuffled = market.sample(frac=1, random_state=1)
    first, second = (forecast(learned, panel.build(frame)) for frame in (market, shuffled))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_the_number_of_threads_does_not_matter(market: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    # Threads that wait for a processor which other tests keep busy spin: a third of the market is enough.
    grid, found = panel.build(market[market["unique_id"].isin(market["unique_id"].unique()[::3])]), []
    for count in (1, 2):
        monkeypatch.setattr(boosted, "threads", lambda cases, count=count: count)
        found.append(forecast(engine.fit(grid, SETTING), grid))
    pd.testing.assert_frame_equal(*found, check_exact=True)


def test_changing_the_future_changes_nothing_a_cutoff_sees(market: pd.DataFrame) -> None:
    week = np.sort(market["ds"].unique())[50]
    changed = market.copy()
    changed.loc[changed["ds"] >= week, "y"] = changed["y"] * 7 + 3
    changed["p_is_stockout_week"] = (changed["ds"] >= week) & (changed["unique_id"] > "p40")
    found = [backtest.run(panel.build(frame), [50], SETTING, backtest.ours) for frame in (market, changed)]
    pd.testing.assert_frame_equal(found[0].drop(columns="y"), found[1].drop(columns="y"), check_exact=True)
    assert not found[0]["y"].equals(found[1]["y"])


def test_new_series_start_at_the_level_of_their_group(market: pd.DataFrame, learned: Engine) -> None:
    grid = panel.build(market).extended(pd.DataFrame({"unique_id": ["new"], "s_category_1": ["rare"]}))
    found = forecast(learned, grid).set_index("unique_id")
    rare = market[market["s_category_1"] == "rare"]
    last = rare[rare["ds"] > rare["ds"].max() - pd.Timedelta(weeks=13)]
    assert 0.3 * last["y"].mean() < found.loc["new", "mean"].mean() < 3 * last["y"].mean()
    others = found.drop(index="new").reset_index()
    pd.testing.assert_frame_equal(others, forecast(learned, panel.build(market)), check_exact=True)


def test_stockout_weeks_are_not_learned_as_zero_demand() -> None:
    draw = np.random.default_rng(8)
    weeks = pd.date_range("2023-01-02", periods=60, freq="W-MON")
    demand, out = draw.poisson(20, (40, 60)), draw.random((40, 60)) < 0.3
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"p{number:02d}" for number in range(40)], 60),
            "ds": np.tile(weeks, 40),
            "y": np.where(out, 0, demand).ravel().astype(float),
            "p_is_stockout_week": out.ravel(),
        }
    )
    levels = {}
    for name, flagged in (("flagged", frame), ("ignored", frame.drop(columns="p_is_stockout_week"))):
        grid = panel.build(flagged)
        levels[name] = forecast(engine.fit(grid, SETTING), grid)["mean"].mean()
    assert levels["flagged"] == pytest.approx(20, rel=0.04)
    assert levels["ignored"] == pytest.approx(14, rel=0.08)


def test_a_known_promotion_is_forecast_where_it_is_planned() -> None:
    """Promotions treble demand: the planned week must come out near three times the others."""
    draw, count, length = np.random.default_rng(12), 40, 80
    weeks = pd.date_range("2023-01-02", periods=length + 6, freq="W-MON")
    rates, promoted = draw.uniform(20, 60, (count, 1)), draw.random((count, length + 6)) < 0.12
    promoted[:, length:] = np.arange(6) == 2
    sold = draw.poisson(rates * np.where(promoted, 3, 1)).astype(float)
    sold[:, length:] = np.nan
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"p{number:02d}" for number in range(count)], length + 6),
            "ds": np.tile(weeks, count),
            "y": sold.ravel(),
            "x_promo": promoted.ravel(),
        }
    )
    grid = panel.build(frame)
    assert len(grid.periods) == length
    means = engine.forecast(engine.fit(grid, SETTING), grid).mean / rates
    assert means[:, 2].mean() == pytest.approx(3, rel=0.15)
    assert means[:, [0, 1, 3, 4, 5]].mean() == pytest.approx(1, rel=0.08)


@pytest.mark.parametrize(
    ("series", "is_judged"),
    [
        pytest.param({"a": [6.0]}, False, id="one-item-one-week"),
        pytest.param({"a": [6.0], "b": [2.0]}, False, id="one-week"),
        pytest.param({"a": [6.0, 2.0, 5.0]}, False, id="three-weeks"),
        pytest.param({"a": NOISE[:9]}, True, id="one-item-nine-weeks"),
        pytest.param({"a": NOISE[:30]}, True, id="one-item-thirty-weeks"),
        pytest.param({"a": NOISE}, True, id="one-item"),
        pytest.param({"a": [0.0] * 60, "b": [0.0] * 20}, False, id="nothing-ever-sold"),
        pytest.param({"a": [-2.0] * 60}, False, id="returns-only"),
        pytest.param({"a": [0.0] * 40 + NOISE[:20], "b": NOISE[:3]}, True, id="sold-late"),
        pytest.param({"a": [3.0, -5.0] * 30}, False, id="returns-beside-sales"),
        pytest.param({"a": NOISE[:40] + [0.0] * 30, "b": NOISE[:30] + [0.0] * 40}, True, id="nothing-sells-any-more"),
        pytest.param({"a": [1.0] * 15 + [5000.0] + [1.0] * 14, "b": NOISE[:30]}, True, id="one-giant-spike"),
        pytest.param({"a": [5.0] * 60, "b": [0.0] * 60, "c": NOISE}, True, id="constant-beside-zero"),
    ],
)
def test_little_and_odd_data(make_panel: MakePanel, series: dict[str, list[float]], is_judged: bool) -> None:
    grid = make_panel(series)
    setting = Setting(13, 52)
    if is_judged:
        engine.fit(grid, setting)
    else:
        with pytest.raises(engine.HistoryError):
            engine.fit(grid, setting)
    found = forecast(engine.learn(grid, setting), grid)
    assert len(found) == 13 * len(series)
    numbers = found[["mean", "naive", *DECILE_NAMES]].to_numpy()
    assert np.isfinite(numbers).all()
    assert (numbers >= 0).all()
    assert (np.diff(found[DECILE_NAMES].to_numpy(), axis=1) >= 0).all()
    highest = found["unique_id"].map({name: max(max(values), 0) for name, values in series.items()})
    assert (found[["mean", *DECILE_NAMES]].max(axis=1) <= 5 * highest).all()


def test_a_constant_series_is_forecast_as_it_is(make_panel: MakePanel) -> None:
    grid = make_panel({f"c{level}": [float(level)] * 60 for level in range(1, 30)})
    found = forecast(engine.fit(grid, SETTING), grid)
    level = found["unique_id"].str[1:].astype(float)
    assert (found["q50"] / level).tolist() == pytest.approx([1.0] * len(found), rel=0.03)
    assert (found["mean"] / level).tolist() == pytest.approx([1.0] * len(found), rel=0.03)


def test_without_a_backtest_the_recent_mean_and_the_spread_so_far_serve(make_panel: MakePanel) -> None:
    grid = make_panel({"a": [6.0, 2.0, 5.0, 1.0, 3.0], "b": [40.0, 60.0, 40.0, 60.0, 50.0]})
    found = forecast(engine.untested(grid, SETTING), grid).set_index("unique_id")
    assert set(found["model_name"]) == {"window_average"}
    assert found.loc["a", "mean"].unique() == pytest.approx([3.4])
    assert found.loc["b", "mean"].unique() == pytest.approx([50])
    assert (found["q10"] < found["mean"]).all()
    assert (found["q90"] > found["mean"]).all()
