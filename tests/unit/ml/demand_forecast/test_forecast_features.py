"""Windows against pandas, and features that see nothing but the past."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import feasts, panel, period
from ml.demand_forecast.features import Features, encode
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
