"""The star schema's weekly demand as a long frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from ml.demand_forecast.panel import PREDECESSOR
from warehouse import frames, thresholds

FREQ = "W-MON"
DEMAND = """
select
    product_id, planning_location_id, week_start_date, sold_quantity, is_stockout_week,
    stockout_days, promoted_share
from core.fct_demand_weekly
where company_id = %s and week_start_date <= %s
order by product_id, planning_location_id, week_start_date
"""
PROMOTIONS = """
select product_id, planning_location_id, week_start_date, promoted_share
from core.fct_promotions_weekly
where company_id = %s and week_start_date > %s and week_start_date <= %s
order by product_id, planning_location_id, week_start_date
"""
ITEMS = """
select
    product_id, planning_location_id, is_active, category_1, category_2, category_3, brand, predecessor_product_id
from core.dim_planning_item
where company_id = %s
order by product_id, planning_location_id
"""
STATIC = ("category_1", "category_2", "category_3", "brand", "planning_location_id")
MISSING = "(none)"
PROMOTED = "x_promoted_share"


@dataclass(frozen=True)
class Reading:
    """What of a company's history counts, by its policies.

    Attributes:
        promotion_lead_weeks: Complete weeks ahead for which all promotions are known; 0 leaves promotions out.
        stockouts_lose_sales: Whether days without stock cut sales; otherwise what sold is what was demanded.
    """

    promotion_lead_weeks: int
    stockouts_lose_sales: bool


def reading(values: Mapping[str, str]) -> Reading:
    """Take it from the policies of a company, as thresholds.policies returns them.

    Raises:
        ValueError: a policy is missing, as for a company that was never loaded.
    """
    return Reading(
        int(thresholds.number(values, "forecast.promotion_lead_weeks")),
        thresholds.flag(values, "forecast.stockouts_lose_sales"),
    )


def learnt(values: Mapping[str, str], parameters: Mapping[str, Any]) -> Reading:
    """Return what a version learnt from by the registry, whose policies may have changed since.

    Args:
        values: Policies of now, for what the version does not tell.
        parameters: Parameters of the version.
    """
    now = reading(values)
    return replace(now, **{name: parameters[name] for name in vars(now) if name in parameters})


def read(
    connection: psycopg.Connection, company_id: str, business_date: date, reading: Reading
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read demand through the last week that is complete on the business date, and promotions through the lead.

    The company's first week is left out, because its extracts may begin in the middle of it, unless it is the only
    one.

    Args:
        connection: Connection of the role modeler.
        company_id: Company.
        business_date: Date the run works for; demand of later weeks is not read.
        reading: What of the history counts.

    Returns:
        The long frame ``unique_id, ds, y, p_is_stockout_week, p_stockout_days, x_promoted_share`` with columns
        ``s_*``; rows of the lead have no y. And one row per planning item: ``unique_id, product_id,
        planning_location_id, is_active, s_*``. Either may be empty.
    """
    through = frames.last_complete_week(business_date)
    items = frames.read(connection, ITEMS, [company_id])
    demand = frames.read(connection, DEMAND, [company_id, through])
    if demand["week_start_date"].nunique() > 1:
        demand = demand[demand["week_start_date"] > demand["week_start_date"].min()]
    items = _with_id(items)
    for column in STATIC:
        items[f"s_{column}"] = items[column].fillna(MISSING)
    # What it follows is sold at the same place.
    followed = items["predecessor_product_id"] + "|" + items["planning_location_id"]
    items[PREDECESSOR] = followed.where(items["predecessor_product_id"].notna(), "")
    items = items.drop(columns=["predecessor_product_id", *(c for c in STATIC if c != "planning_location_id")])
    history = _with_id(demand).rename(
        columns={
            "week_start_date": "ds",
            "sold_quantity": "y",
            "is_stockout_week": "p_is_stockout_week",
            "stockout_days": "p_stockout_days",
            "promoted_share": PROMOTED,
        }
    )
    if not reading.stockouts_lose_sales:
        history = history.assign(p_is_stockout_week=False, p_stockout_days=0)
    if (lead_weeks := reading.promotion_lead_weeks) and len(history):
        history = pd.concat([history, _ahead(connection, company_id, through, lead_weeks, history)], ignore_index=True)
    elif not lead_weeks:
        history = history.drop(columns=PROMOTED)
    history["p_is_stockout_week"] = history["p_is_stockout_week"].astype(bool)
    columns = ["unique_id", *(f"s_{column}" for column in STATIC), PREDECESSOR]
    history = history.drop(columns=["product_id", "planning_location_id"]).merge(
        items[columns], on="unique_id", how="left", validate="many_to_one"
    )
    return history, items


def _ahead(
    connection: psycopg.Connection, company_id: str, through: date, lead_weeks: int, history: pd.DataFrame
) -> pd.DataFrame:
    """Return a row without demand per item of the history and week of the lead, with what is promoted."""
    last = through + timedelta(weeks=lead_weeks)
    promotions = _with_id(frames.read(connection, PROMOTIONS, [company_id, through, last]))
    weeks = pd.date_range(through, periods=lead_weeks + 1, freq=FREQ)[1:]
    items = history.drop_duplicates("unique_id")[["unique_id", "product_id", "planning_location_id"]]
    ahead = items.merge(pd.DataFrame({"ds": weeks}), how="cross")
    planned = promotions.rename(columns={"week_start_date": "ds", "promoted_share": PROMOTED})
    ahead = ahead.merge(planned[["unique_id", "ds", PROMOTED]], how="left", validate="one_to_one")
    ahead[PROMOTED] = ahead[PROMOTED].fillna(0.0)
    return ahead.assign(p_is_stockout_week=False)


def nothing(company_id: str, business_date: date) -> str:
    """Return what to tell of a company without demand."""
    through = frames.last_complete_week(business_date)
    return f"core.fct_demand_weekly has no demand of {company_id} up to the week of {through}: nothing to forecast"


def trained_through(business_date: date) -> date:
    """Return the Sunday of the last complete week, the last day whose demand a model of this date has seen."""
    return frames.last_complete_week(business_date) + timedelta(days=6)


def _with_id(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(unique_id=frame["product_id"] + "|" + frame["planning_location_id"])
