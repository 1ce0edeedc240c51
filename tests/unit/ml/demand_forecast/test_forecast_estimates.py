"""What would have sold in weeks with an empty shelf, against hand figures."""

from __future__ import annotations

import pandas as pd
import pytest

from ml.demand_forecast import estimates, panel


def test_recent_weeks_without_stock_are_estimated() -> None:
    """Week 18 sells 4 and has no stock for 3 of 7 days; 180 sold in the 17 5/7 weeks of stock before. The weekly rate
    is (4 + 1.5 * 180 / (17 5/7)) / (4/7 + 1.5), of which 3/7 come on top. Week 19 is known to be short, but not for how
    long: it counts as usual, 184 in 18 2/7 weeks. Week 2 lies before the newest 13.
    """
    weeks = pd.date_range("2024-01-01", periods=20, freq="W-MON")
    demand = pd.DataFrame({"unique_id": "p|d", "ds": weeks, "y": 10.0, "p_stockout_days": 0.0})
    demand["p_is_stockout_week"] = False
    demand.loc[18, ["y", "p_stockout_days"]] = 4.0, 3.0
    demand.loc[[2, 18, 19], "p_is_stockout_week"] = True
    demand.loc[19, "y"] = 1.0
    demand.loc[2, "p_stockout_days"] = 2.0
    keys = pd.DataFrame({"unique_id": ["p|d"], "product_id": ["p"], "planning_location_id": ["d"]})
    found = estimates.recent(panel.build(demand), demand, keys).to_dict("records")
    first = 4 + 3 / 7 * (4 + 1.5 * 180 / (124 / 7)) / (14.5 / 7)
    assert [row["week_start_date"].isoformat() for row in found] == ["2024-05-06", "2024-05-13"]
    assert [row["sold_quantity"] for row in found] == [4, 1]
    assert found[0]["demand_est_quantity"] == pytest.approx(first, abs=1e-4)
    assert found[1]["demand_est_quantity"] == pytest.approx(184 / (128 / 7), abs=1e-4)
    assert [row["method"] for row in found] == ["stockout_days", "usual_level"]
    assert {(row["product_id"], row["planning_location_id"]) for row in found} == {("p", "d")}


def test_without_a_week_short_of_stock_nothing_is_told() -> None:
    weeks = pd.date_range("2024-01-01", periods=5, freq="W-MON")
    demand = pd.DataFrame({"unique_id": "p|d", "ds": weeks, "y": 10.0, "p_stockout_days": 0.0})
    demand["p_is_stockout_week"] = False
    keys = pd.DataFrame({"unique_id": ["p|d"], "product_id": ["p"], "planning_location_id": ["d"]})
    assert estimates.recent(panel.build(demand), demand, keys).empty
