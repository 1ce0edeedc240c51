"""From a long frame to a grid: gaps, beginnings and stock-outs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import censoring, panel

WEEKS = pd.date_range("2023-01-02", periods=6, freq="W-MON")


def frame(sold: list[float], stockout: list[bool] | None = None, begin: int = 0) -> pd.DataFrame:
    weeks = WEEKS[begin : begin + len(sold)]
    return pd.DataFrame(
        {"unique_id": "a", "ds": weeks, "y": sold, "p_is_stockout_week": stockout or [False] * len(sold)}
    )


def test_missing_weeks_are_zero_and_weeks_before_the_beginning_unknown() -> None:
    rows = pd.concat([frame([1.0] * 6).assign(unique_id="b"), frame([4.0, 5.0, 6.0], begin=1).drop(index=1)])
    grid = panel.build(rows)
    assert grid.ids.tolist() == ["a", "b"]
    np.testing.assert_array_equal(grid.demand[0], [np.nan, 4, 0, 6, 0, 0])


def test_stockout_weeks_are_unknown_demand_and_estimated_from_their_past() -> None:
    grid = panel.build(frame([4, 6, 0, 9, 8, 2], [False, False, True, True, False, False]))
    np.testing.assert_array_equal(grid.demand[0], [4, 6, np.nan, np.nan, 8, 2])
    # The mean of 4 and 6, and what was sold where that is more.
    np.testing.assert_array_equal(grid.filled[0], [4, 6, 5, 9, 8, 2])
    # Where none sold, nothing can be learnt.
    np.testing.assert_array_equal(grid.target[0], [4, 6, np.nan, 9, 8, 2])


def test_days_without_stock_tell_how_much_of_the_week_was_lost() -> None:
    rows = frame([7, 7, 3, 0, 5]).drop(columns="p_is_stockout_week").assign(p_stockout_days=[0, 0, 4, 7, 0])
    grid = panel.build(rows)
    np.testing.assert_array_equal(grid.demand[0], [7, 7, np.nan, np.nan, 5])
    # Before the third week 7 a week sold; before the fourth 17 in two weeks and three days of stock.
    third = 3 + 4 / 7 * (3 + 1.5 * 7) / (3 / 7 + 1.5)
    np.testing.assert_allclose(grid.filled[0], [7, 7, third, 17 / (17 / 7), 5])
    # Of a week without any stock nothing can be learnt.
    assert np.isnan(grid.target[0]).tolist() == [False, False, False, True, False]


def test_stockout_before_any_known_week_keeps_what_was_sold() -> None:
    grid = panel.build(frame([3, 5, 7], [True, True, False]))
    np.testing.assert_array_equal(grid.filled[0], [3, 5, 7])


def test_estimates_of_lost_sales_are_unbiased() -> None:
    """Poisson demand, stock that lasts a part of the week: what is estimated adds up to what was demanded."""
    draw = np.random.default_rng(4)
    shape = (400, 60)
    rate, is_out = draw.uniform(2, 12, (400, 1)), draw.random(shape) < 0.3
    share = np.where(is_out, draw.uniform(0.1, 0.9, shape), 0.0)
    sold, lost = draw.poisson(rate * (1 - share)).astype(float), draw.poisson(rate * share)
    found = censoring.estimate(sold, share)
    assert found[is_out].sum() == pytest.approx((sold + lost)[is_out].sum(), rel=0.02)


def test_drivers_reach_into_the_future_and_measures_do_not() -> None:
    rows = pd.concat([frame([1.0] * 4), frame([np.nan, np.nan]).assign(ds=WEEKS[4:])])
    grid = panel.build(rows.drop(columns="p_is_stockout_week").assign(x_price=range(6), p_stock=range(6)))
    assert len(grid.periods) == 4
    np.testing.assert_array_equal(grid.known["x_price"], [[0, 1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(grid.past["p_stock"], [[0, 1, 2, 3]])
    np.testing.assert_array_equal(grid.until(2).known["x_price"], grid.known["x_price"])
    np.testing.assert_array_equal(grid.until(2).past["p_stock"], [[0, 1]])


def test_what_all_series_say_alike_holds_for_those_without_a_row() -> None:
    both = pd.concat([frame([1.0] * 4), frame([1.0] * 2).assign(unique_id="b")]).drop(columns="p_is_stockout_week")
    grid = panel.build(both.assign(x_holiday=[0, 1, 0, 1, 0, 1], x_price=[5, 5, 5, 5, 6, 6]))
    np.testing.assert_array_equal(grid.known["x_holiday"][1], [0, 1, 0, 1])
    np.testing.assert_array_equal(grid.known["x_price"][1], [6, 6, 5, 5])


def test_a_series_only_told_of_in_the_future_is_yet_to_begin() -> None:
    grid = panel.build(pd.concat([frame([1.0] * 3), frame([np.nan]).assign(unique_id="new", ds=WEEKS[3])]))
    assert grid.ids.tolist() == ["a", "new"]
    assert np.isnan(grid.filled[1]).all()
    assert grid.until(2).ids.tolist() == ["a"]


def test_cutting_the_panel_equals_building_it_from_less() -> None:
    draw = np.random.default_rng(3)
    sold, stockout = draw.poisson(3, 6).astype(float).tolist(), [False, False, True, False, True, False]
    whole, part = panel.build(frame(sold, stockout)), panel.build(frame(sold[:4], stockout[:4]))
    np.testing.assert_array_equal(whole.until(4).filled, part.filled)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        pytest.param(frame([]), "empty", id="empty"),
        pytest.param(pd.concat([frame([1.0]), frame([2.0])]), "a has period 2023-01-02 twice", id="twice"),
        pytest.param(
            pd.concat([frame([1.0, 2.0]), frame([1.0]).assign(ds=pd.Timestamp("2023-01-04"))]), "start", id="off-grid"
        ),
    ],
)
def test_unusable_frames_are_refused(rows: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        panel.build(rows)
