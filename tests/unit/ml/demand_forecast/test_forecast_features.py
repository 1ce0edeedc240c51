"""Windows against pandas, and features that see nothing but the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import drivers, engine, feasts, panel, period
from ml.demand_forecast.engine import Setting
from ml.demand_forecast.features import Features, encode
from ml.demand_forecast.uplift import Uplift
from ml.demand_forecast.windows import Windows

WEEKLY = period.parse("W-MON")
DRAW = np.random.default_rng(9)


def demand(weeks: int = 130, series: int = 6) -> pd.DataFrame:
    dates = pd.date_range("2022-01-03", periods=weeks, freq="W-MON")
    frame = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number}" for number in range(series)], weeks),
            "ds": np.tile(dates, series),
            "y": np.random.default_rng(1).poisson(8, weeks * series).astype(float),
        }
    )
    return frame.assign(
        x_promo=(np.random.default_rng(2).random(len(frame)) < 0.1).astype(float),
        x_price=np.random.default_rng(4).choice([2.0, 2.5, 3.0], len(frame)),
        s_kind=np.where(frame["unique_id"] < "s3", "a", "b"),
        p_stock=np.random.default_rng(3).integers(0, 50, len(frame)).astype(float),
    )


def test_windows_equal_pandas() -> None:
    values = DRAW.poisson(2, (3, 40)).astype(float)
    values[1, :9] = np.nan
    sums, origin, row = Windows(values, WEEKLY), np.array([40, 30, 12]), np.array([0, 1, 2])
    for number, (series, end) in enumerate(zip(row, origin, strict=True)):
        past = pd.Series(values[series, :end])
        assert sums.mean(row, origin - 8, origin)[number] == pytest.approx(past.tail(8).mean())
        assert sums.deviation(row, origin - 8, origin)[number] == pytest.approx(past.tail(8).std(ddof=0))
        assert sums.share_sold(row, origin - 8, origin)[number] == pytest.approx((past.dropna().tail(8) > 0).mean())
        fading = past.dropna().ewm(alpha=0.2, adjust=True).mean().iloc[-1]
        assert sums.faded[0.2][series, end] == pytest.approx(fading)


def test_level_leaves_promoted_weeks_out() -> None:
    values, is_driven = np.full((1, 60), 10.0), np.zeros((1, 60), dtype=bool)
    values[0, 50:54], is_driven[0, 50:54] = 90.0, True
    end = (np.array([0]), np.array([60]))
    usual = values[0, 8:].mean()
    assert Windows(values, WEEKLY, is_driven).level(*end)[0] == pytest.approx((9 * 10 + 2 * usual) / 11)
    assert Windows(values, WEEKLY).level(*end)[0] == pytest.approx((9 * 10 + 4 * 90 + 2 * usual) / 15)


def every(count: int, origin: int, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    steps = np.tile(np.arange(1, horizon + 1), count)
    return np.repeat(np.arange(count), horizon), np.full(count * horizon, origin), steps


@pytest.mark.parametrize("origin", [20, 60, 117])
def test_features_do_not_see_demand_from_their_origin_on(origin: int) -> None:
    frame = demand()
    changed = frame.copy()
    later = changed["ds"] >= np.sort(frame["ds"].unique())[origin]
    changed.loc[later, ["y", "p_stock"]] = changed.loc[later, ["y", "p_stock"]] * 9 + 100
    matrices = []
    for data in (frame, changed):
        grid = panel.build(data)
        features = Features(grid, 52, 13, encode(grid))
        matrices.append(features.make(*every(6, origin, 13)))
    np.testing.assert_array_equal(matrices[0][0], matrices[1][0])
    np.testing.assert_array_equal(matrices[0][1], matrices[1][1])


def test_features_of_a_shorter_panel_are_the_same() -> None:
    grid = panel.build(demand())
    whole, part = Features(grid, 52, 13, encode(grid)), Features(grid.until(120), 52, 13, encode(grid))
    np.testing.assert_array_equal(whole.make(*every(6, 100, 13))[0], part.make(*every(6, 100, 13))[0])


def test_features_see_the_last_season_and_drivers_of_the_target() -> None:
    frame = demand()
    grid = panel.build(frame)
    features = Features(grid, 52, 13, encode(grid))
    matrix, level = features.make(np.array([2]), np.array([110]), np.array([5]))
    found = dict(zip(features.names, matrix[0], strict=True))
    own = frame[frame["unique_id"] == "s2"].reset_index(drop=True)
    assert found["season52_value"] == pytest.approx(own["y"][114 - 52] / level[0], rel=1e-5)
    assert found["lag_1"] == pytest.approx(own["y"][109] / level[0], rel=1e-5)
    assert found["x_promo"] == own["x_promo"][114]
    assert found["x_promo_season52"] == own["x_promo"][114 - 52]
    assert found["p_stock_last"] == own["p_stock"][109]


def test_recurring_periods_are_averaged() -> None:
    """Columns 38, 31, 24 and 17 of the series, a week apart; the second series begins at column 20."""
    values = DRAW.poisson(5, (2, 40)).astype(float)
    values[1, :20] = np.nan
    sums, row = Windows(values, period.parse("D")), np.array([0, 1])
    found = sums.recurring(row, np.array([38, 38]), 7, 4)
    assert found.tolist() == pytest.approx([values[0, [38, 31, 24, 17]].mean(), values[1, [38, 31, 24]].mean()])
    assert np.isnan(sums.recurring(np.array([1]), np.array([13]), 7, 4)).all()
    assert sums.recurring(np.array([0]), np.array([-3]), 7, 4).tolist() == pytest.approx([float("nan")], nan_ok=True)


def test_uplift_is_what_promotions_did_before_shrunk_towards_the_group() -> None:
    """Ten promoted weeks of a sold three times the level of 10, one of b twice: each leans on the four weeks' worth of
    the group, the group of all: (300 + 20) / (100 + 10) of eleven weeks, shrunk towards 1 with four weeks.
    """
    values, on = np.full((3, 60), 10.0), np.zeros((3, 62), dtype=bool)
    on[0, 20:40:2], on[1, 30], on[2, 61] = True, True, True
    values[0, 20:40:2], values[1, 30] = 30.0, 20.0
    seen = Windows(values, WEEKLY, on[:, :60])
    # The usual level leans a little on promoted weeks: a driver's own weeks are left out only of the present one.
    level = seen.level(np.repeat(0, 10), np.arange(20, 40, 2)), seen.level(np.array([1]), np.array([30]))
    found = Uplift(on, seen, [np.zeros(3, dtype=np.int64)]).at(np.arange(3), np.full(3, 60))
    expected = level[0].sum() + level[1].sum()
    prior = 4 * expected / 11
    group = (320 + prior) / (expected + prior)
    own = (300 + 4 * level[0].mean() * group) / (level[0].sum() + 4 * level[0].mean())
    other = (20 + 4 * level[1][0] * group) / (5 * level[1][0])
    assert found.tolist() == pytest.approx([own, other, group])
    early = Uplift(on, seen, [np.zeros(3, dtype=np.int64)]).at(np.arange(3), np.full(3, 20))
    assert early.tolist() == [1.0, 1.0, 1.0]


def test_a_price_is_seen_beside_the_usual_one_and_that_of_the_group() -> None:
    frame = demand().drop(columns=["x_promo", "x_price"])
    frame["x_price"] = np.where(frame["unique_id"] < "s3", 4.0, 8.0)
    last = frame["ds"] == frame["ds"].max()
    frame.loc[last & (frame["unique_id"] == "s1"), "x_price"] = 3.0
    grid = panel.build(frame)
    features = Features(grid, 52, 13, encode(grid))
    matrix, _ = features.make(np.array([1, 0]), np.array([129, 129]), np.array([1, 1]))
    found = [dict(zip(features.names, row, strict=True)) for row in matrix]
    assert found[0]["x_price_against_13"] == pytest.approx(0.75)
    assert found[1]["x_price_against_52"] == pytest.approx(1.0)
    assert found[1]["x_price_group1"] == pytest.approx((4 + 3 + 4) / 3)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param([0, 0, 0, 1], [False, False, False, True], id="flag"),
        pytest.param([0, 0, 0, 0.2, 0, 0.6, 0.8], [False] * 5 + [True, True], id="share"),
        pytest.param([3.0, 3, 2, 3], None, id="price"),
        pytest.param([0, 1, 1, 1], None, id="mostly-on"),
        pytest.param([0, 0, -1, 1], None, id="negative"),
        pytest.param([float("nan"), 0, 0], None, id="never"),
    ],
)
def test_drivers_that_are_mostly_off(values: list[float], expected: list[bool] | None) -> None:
    known = np.array([[*values, 0.9, 0.9]], dtype=float)
    found = {name: flags[:, :-2] for name, flags in drivers.switched({"x": known}, len(values)).items()}
    assert (found["x"][0].tolist() if "x" in found else None) == expected


def test_a_new_series_starts_at_the_level_of_its_group() -> None:
    frame = demand().query("unique_id != 's0'")
    frame["y"] = np.where(frame["s_kind"] == "a", 4.0, 40.0)
    grid = panel.build(frame).extended(pd.DataFrame({"unique_id": ["new"], "s_kind": ["b"]}))
    features = Features(grid, 52, 13, encode(grid))
    row = np.array([list(grid.ids).index("new")])
    assert features.level(row, np.array([130]))[0] == pytest.approx(40)


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        pytest.param("2024-03-25", {"days_to_easter": 6, "days_to_thanksgiving": -45}, id="week-of-easter"),
        pytest.param("2023-11-20", {"days_to_thanksgiving": 3, "days_to_christmas": 35}, id="black-friday"),
        pytest.param("2024-01-01", {"days_to_christmas": -7}, id="after-christmas"),
    ],
)
def test_days_to_the_moving_feasts(date: str, expected: dict[str, float]) -> None:
    """Easter was on 2024-03-31, Thanksgiving on 2023-11-23."""
    found = feasts.features(pd.DatetimeIndex([date]), "W-MON")
    assert {name: found[name][0] for name in expected} == expected


@pytest.mark.parametrize("freq", ["W-MON", "W-FRI", "7D", "D", "MS"])
def test_known_periods(freq: str) -> None:
    assert period.parse(freq).freq == freq


@pytest.mark.parametrize("freq", ["h", "QS", "W-XYZ", "fortnight"])
def test_other_periods_are_refused(freq: str) -> None:
    with pytest.raises(ValueError, match="use W-MON"):
        period.parse(freq)


def test_a_version_forecasts_from_a_history_with_other_features() -> None:
    """54 weeks show no season of 52 to learn, 58 do; and a driver that was 0 all the time is on by then."""
    frame = demand(weeks=60, series=30)
    frame["x_new"] = (frame["ds"] >= np.sort(frame["ds"].unique())[56]).astype(float)
    grid = panel.build(frame)
    learned = engine.fit(grid.until(54), Setting(2, 52))
    assert not any("season52" in name or name == "x_new_uplift" for name in learned.encoding.names)
    assert {"season52_ratio", "x_new_uplift"} <= set(engine.fit(grid.until(58), Setting(2, 52)).encoding.names)
    found = engine.forecast(learned, grid.until(58))
    assert found.mean.mean() == pytest.approx(8, rel=0.2)
