"""Stock and sales of any origin: read, checked, and brought to whole weeks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ml import given_frames
from ml.given_frames import FrameError
from ml.slow_movers.panel import KEYS

REQUIRED = ("item", "date", "sold_quantity")
STOCK = "on_hand_quantity"
NUMBERS = ("sold_quantity", STOCK, "price", "regular_price", "unit_cost", "received_quantity", "promoted")
TEXTS = ("item", "place", "category", "category_2")
# What holds until the next row says otherwise.
LASTING = [STOCK, "price", "regular_price", "unit_cost"]
EVERYWHERE, NO_CATEGORY = "ALL", "(none)"


@dataclass(frozen=True)
class History:
    """A frame as slow movers know it.

    Attributes:
        weekly: One row per item, place and week, in the shape of core.fct_demand_weekly.
        items: One row per item and place: category and cost.
        has_stock: The frame tells of stock; otherwise each item counts as one unit on hand, and what is asked is
            whether that one sells.
        has_value: It tells of cost or price, so that stock has a value; otherwise units stand for it.
    """

    weekly: pd.DataFrame
    items: pd.DataFrame
    has_stock: bool
    has_value: bool


def read(path: Path) -> History:
    """Read a frame of parquet or csv with one row per item, place and day or week.

    Weeks begin on Mondays. Of a daily frame, a first or last week that is not whole is left out. In weeks without a row
    nothing was sold, and stock and price are as before.

    Raises:
        FrameError: the file is neither, a column is missing, a value is no date or number, or a row is there twice.
    """
    frame = _read(path)
    days = frame["date"]
    is_daily = days.dt.weekday.nunique() > 1
    frame["week_start_date"] = days - pd.to_timedelta(days.dt.weekday, unit="D")
    if is_daily:
        first, last = days.min(), days.max()
        whole_from = first + pd.Timedelta(days=-first.weekday() % 7)
        whole_to = last - pd.Timedelta(days=(last.weekday() + 1) % 7)
        frame = frame[(days >= whole_from) & (days <= whole_to)]
    if frame.empty:
        raise FrameError(f"{path} has no whole week from Monday to Sunday")
    return _history(frame)


def _history(frame: pd.DataFrame) -> History:
    weekly = _filled(_weeks(frame))
    has_stock = bool(weekly[STOCK].notna().any())
    sold, stock = weekly["sold_quantity"], weekly[STOCK] if has_stock else 1.0
    cost = weekly["unit_cost"].fillna(weekly["price"])
    usual = weekly["regular_price"].fillna(weekly["price"])
    shaped = weekly[[*KEYS, "week_start_date", "sold_quantity", "received_quantity"]].assign(
        net_sales_amount=(sold * weekly["price"]).fillna(0.0),
        gross_sales_amount=(sold * usual).fillna(0.0),
        regular_unit_price=usual,
        promoted_share=weekly["promoted"].fillna(0.0),
        closing_on_hand_quantity=stock,
        closing_on_hand_amount=stock * cost,
        closing_unit_cost=cost,
    )
    last = frame.sort_values("date", kind="stable").drop_duplicates(KEYS, keep="last").sort_values(KEYS)
    items = last[[*KEYS, "unit_cost"]].assign(
        category_1=last["category"].fillna(NO_CATEGORY), category_2=last["category_2"].fillna(NO_CATEGORY)
    )
    return History(shaped, items.reset_index(drop=True), has_stock, bool(cost.notna().any()))


def _weeks(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum what was sold and received, average promotion and price, and take the last stock and cost of each week."""
    how = dict.fromkeys(LASTING, "last") | {"price": "mean", "promoted": "mean"}
    how |= dict.fromkeys(("sold_quantity", "received_quantity"), "sum")
    ordered = frame.sort_values("date", kind="stable")
    weeks: pd.DataFrame = ordered.groupby([*KEYS, "week_start_date"], as_index=False).agg(how)
    return weeks


def _filled(weeks: pd.DataFrame) -> pd.DataFrame:
    """Add the weeks of each series without a row, from its first to the last of all."""
    every = pd.date_range(weeks["week_start_date"].min(), weeks["week_start_date"].max(), freq="7D")
    first = weeks.groupby(KEYS, as_index=False).agg(first=("week_start_date", "min"))
    grid = first.merge(pd.DataFrame({"week_start_date": every}), how="cross")
    grid = grid[grid["week_start_date"] >= grid["first"]].drop(columns="first")
    filled: pd.DataFrame = grid.merge(weeks, on=[*KEYS, "week_start_date"], how="left").sort_values(
        [*KEYS, "week_start_date"]
    )
    filled[LASTING] = filled.groupby(KEYS)[LASTING].ffill()
    filled[["sold_quantity", "received_quantity"]] = filled[["sold_quantity", "received_quantity"]].fillna(0.0)
    filled.index = pd.RangeIndex(len(filled))
    return filled


def _read(path: Path) -> pd.DataFrame:
    frame = given_frames.read(path, REQUIRED, TEXTS)
    if frame.empty:
        raise FrameError(f"{path} has no rows")
    frame = frame.reindex(columns=[*TEXTS, "date", *NUMBERS])
    has_place = frame["place"].notna().any()
    for name, key in (("item", "product_id"), ("place", "planning_location_id")):
        is_told = name == "item" or has_place
        frame[key] = given_frames.names(given_frames.filled(frame[name], path)) if is_told else EVERYWHERE
    frame["date"] = given_frames.dates(frame["date"], path).dt.normalize()
    for name in NUMBERS:
        frame[name] = given_frames.numbers(frame[name], path)
    given_frames.filled(frame["sold_quantity"], path)
    twice = frame.duplicated([*KEYS, "date"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise FrameError(
            f"{path}: item {row['product_id']} at {row['planning_location_id']} has {row['date']:%Y-%m-%d} twice "
            f"({given_frames.rows(twice)}): add the rows up first"
        )
    return frame
