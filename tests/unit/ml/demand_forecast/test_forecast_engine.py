"""The engine end to end on series with known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import engine, panel
from ml.demand_forecast.engine import DECILE_NAMES, Engine

OPTIONS = {"horizon": 6, "season": 52, "freq": "W-MON", "cutoffs": 3, "margin": 0.01}


@pytest.fixture(scope="module")
def trained(market: pd.DataFrame) -> Engine:
    return engine.train(panel.build(market), **OPTIONS)[0]  # type: ignore[arg-type]


def wanted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["unique_id", *(name for name in frame if name.startswith("s_"))]].drop_duplicates()


def test_every_wanted_series_has_every_week_with_ordered_deciles(market: pd.DataFrame, trained: Engine) -> None:
    forecast = engine.forecast(trained, panel.build(market), wanted(market))
    assert len(forecast) == 60 * 6
    assert forecast["ds"].min() == market["ds"].max() + pd.Timedelta(weeks=1)
    assert (forecast.groupby("unique_id")["step"].apply(list).map(lambda steps: steps == [1, 2, 3, 4, 5, 6])).all()
    deciles = forecast[DECILE_NAMES].to_numpy()
    assert (np.diff(deciles, axis=1) >= 0).all()
    assert (deciles >= 0).all()
    rates = market.groupby("unique_id")["y"].mean()
    means = forecast.groupby("unique_id")["mean"].mean()
    assert means.sum() == pytest.approx(rates.sum(), rel=0.05)


def test_two_trainings_give_identical_forecasts(market: pd.DataFrame, trained: Engine) -> None:
    grid = panel.build(market)
    again = engine.train(grid, **OPTIONS)[0]  # type: ignore[arg-type]
    assert again.choices == trained.choices
    first, second = (engine.forecast(model, grid, wanted(market)) for model in (trained, again))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_row_order_of_the_input_does_not_matter(market: pd.DataFrame, trained: Engine) -> None:
    shuffled = market.sample(frac=1, random_state=1)
    first, second = (engine.forecast(trained, panel.build(frame), wanted(frame)) for frame in (market, shuffled))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


def test_new_and_unknown_items_get_the_mean_of_their_category(market: pd.DataFrame, trained: Engine) -> None:
    last = market["ds"].max()
    young = pd.DataFrame({"unique_id": "young", "ds": [last], "y": [500.0], "s_category_1": "dense"})
    names = pd.concat([wanted(market), pd.DataFrame({"unique_id": ["young", "unknown"], "s_category_1": "rare"})])
    forecast = engine.forecast(trained, panel.build(pd.concat([market, young])), names).set_index("unique_id")
    assert forecast.loc["unknown", "is_fallback"].all()
    assert (forecast.loc["unknown", "data_status"] == "insufficient").all()
    overall = market[market["ds"] > last - pd.Timedelta(weeks=13)]["y"].mean()
    # No category is known by place here, so the mean is that of all series, young included.
    level = (overall * 60 + 500) / 61
    assert forecast.loc["unknown", "mean"].tolist() == pytest.approx([level] * 6)
    assert forecast.loc["young", "mean"].tolist() == pytest.approx([(500 + 4 * level) / 5] * 6)
    assert not forecast.loc["p00", "is_fallback"].any()


def test_fallback_prefers_the_category_at_the_same_place() -> None:
    weeks = pd.date_range("2023-01-02", periods=20, freq="W-MON")
    parts = [
        pd.DataFrame({"unique_id": f"{place}{number}", "ds": weeks, "y": level, "s_category_1": "food"}).assign(
            s_category_2="milk", s_planning_location_id=place
        )
        for place, level in (("north", 10.0), ("south", 90.0))
        for number in range(5)
    ]
    grid = panel.build(pd.concat(parts))
    new = pd.DataFrame({"s_category_1": ["food"] * 3, "s_category_2": ["milk", "milk", "tea"]})
    new["s_planning_location_id"] = ["north", "south", "south"]
    assert engine._group_levels(grid, new).tolist() == pytest.approx([10, 90, 90])


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
        model = engine.train(grid, **OPTIONS)[0]  # type: ignore[arg-type]
        levels[name] = engine.forecast(model, grid, wanted(flagged))["mean"].mean()
    assert levels["flagged"] == pytest.approx(20, rel=0.04)
    assert levels["ignored"] == pytest.approx(14, rel=0.08)


def test_nine_weeks_are_enough_and_degenerate_series_do_no_harm() -> None:
    draw = np.random.default_rng(4)
    weeks = pd.date_range("2023-01-02", periods=9, freq="W-MON")
    values = {f"p{number}": draw.poisson(6, 9) for number in range(8)}
    values |= {"flat": np.full(9, 3), "none": np.zeros(9), "spike": np.array([0, 0, 0, 900, 0, 0, 0, 0, 1])}
    values |= {"returns": np.array([4, -2, 5, -1, 6, 3, -4, 2, 2])}
    frame = pd.concat([pd.DataFrame({"unique_id": name, "ds": weeks, "y": y}) for name, y in values.items()])
    grid = panel.build(frame)
    model, _ = engine.train(grid, **OPTIONS)  # type: ignore[arg-type]
    assert model.boosted is None
    forecast = engine.forecast(model, grid, wanted(frame))
    numbers = forecast[["mean", *DECILE_NAMES]]
    assert np.isfinite(numbers.to_numpy()).all()
    assert (numbers >= 0).all(axis=None)
    highest = forecast["unique_id"].map({name: max(y) for name, y in values.items()})
    assert (numbers.max(axis=1) <= 5 * highest).all()
    assert (numbers[forecast["unique_id"] == "none"] == 0).all(axis=None)
    assert set(forecast["data_status"]) == {"short_history"}
