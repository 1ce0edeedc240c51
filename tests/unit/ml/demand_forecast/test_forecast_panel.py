"""From a long frame to a grid: gaps, beginnings and stock-outs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.demand_forecast import panel

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


def test_estimate_looks_eight_observed_weeks_back() -> None:
    sold = np.array([[100.0, *range(1, 9), 0.0]])
    censored = np.zeros(sold.shape, dtype=bool)
    censored[0, -1] = True
    assert panel.fill(sold, censored)[0, -1] == pytest.approx(4.5)


def test_stockout_before_any_known_week_keeps_what_was_sold() -> None:
    grid = panel.build(frame([3, 5, 7], [True, True, False]))
    np.testing.assert_array_equal(grid.filled[0], [3, 5, 7])


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
