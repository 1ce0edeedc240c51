"""What would have sold in weeks with an empty shelf, as the models learn it, for people to read beside what sold."""

from __future__ import annotations

import pandas as pd

from ml.demand_forecast.panel import Panel

TABLE = "ml.demand_estimates"
# Every run tells of so many weeks again, because late sales and stock records change them.
WEEKS = 13
DECIMALS = 4
DAYS, LEVEL = "stockout_days", "usual_level"


def recent(grid: Panel, demand: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """Return the estimates of the newest 13 weeks that had a day without stock.

    Args:
        grid: Panel built from demand.
        demand: Long frame ``unique_id, ds, y, p_stockout_days, p_is_stockout_week``.
        keys: ``unique_id, product_id, planning_location_id``.

    Returns:
        ``product_id, planning_location_id, week_start_date, sold_quantity, demand_est_quantity, method``: by the days
        without stock, or by the usual level where the week is known to be short of stock but not for how long.
    """
    is_short = (demand["p_stockout_days"].fillna(0) > 0) | demand["p_is_stockout_week"]
    is_recent = demand["ds"] >= grid.periods[-WEEKS:][0]
    short = demand[is_short & is_recent & demand["y"].notna()]
    filled = grid.long()[["unique_id", "ds", "y"]].rename(columns={"y": "demand_est_quantity"})
    found = short.merge(filled, on=["unique_id", "ds"], validate="one_to_one").merge(keys, on="unique_id")
    by_days = found["p_stockout_days"].fillna(0) > 0
    found = found.rename(columns={"ds": "week_start_date", "y": "sold_quantity"})
    names = ["product_id", "planning_location_id", "week_start_date", "sold_quantity", "demand_est_quantity"]
    method, week = by_days.map({True: DAYS, False: LEVEL}), found["week_start_date"].dt.date
    return found[names].round(DECIMALS).assign(week_start_date=week, method=method)
