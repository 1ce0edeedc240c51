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
CATEGORIES = ["category", "category_2"]
EVERYWHERE, NO_CATEGORY = "ALL", "(none)"
# Rows so many days apart at least are no weeks.
SPARSE_DAYS = 28
MOST_YEARS = 30


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
    frame["week_start_date"] = days - pd.to_timedelta(days.dt.weekday, unit="D")
    first, last = days.min(), days.max()
    if days.dt.weekday.nunique() > 1:
        first += pd.Timedelta(days=-first.weekday() % 7)
        last -= pd.Timedelta(days=(last.weekday() + 1) % 7)
    if first > last:
        raise FrameError(f"{path} has no whole week from Monday to Sunday")
    weekly = _filled(_weeks(frame))
    # What a week that is not whole says of stock and price holds on; what it sold does not count.
    weekly = weekly[weekly["week_start_date"].between(first - pd.Timedelta(days=first.weekday()), last)]
    return _history(frame, weekly.reset_index(drop=True))


def _history(frame: pd.DataFrame, weekly: pd.DataFrame) -> History:
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
    # As it was said first: what is said later was not known at the cut-offs before.
    said = frame.sort_values("date", kind="stable").groupby(KEYS, as_index=False)[["unit_cost", *CATEGORIES]].first()
    items = said[[*KEYS, "unit_cost"]].assign(
        category_1=said["category"].fillna(NO_CATEGORY), category_2=said["category_2"].fillna(NO_CATEGORY)
    )
    return History(shaped, items, has_stock, bool(cost.notna().any()))


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
    _check_values(frame, path)
    # Returns are no demand that does not come.
    frame["sold_quantity"] = frame["sold_quantity"].clip(lower=0)
    twice = frame.duplicated([*KEYS, "date"])
    if twice.any():
        row = frame[twice].iloc[0]
        raise FrameError(
            f"{path}: item {row['product_id']} at {row['planning_location_id']} has {row['date']:%Y-%m-%d} twice "
            f"({given_frames.rows(twice)}): add the rows up first"
        )
    return frame


def _check_values(frame: pd.DataFrame, path: Path) -> None:
    """Refuse what would silently mean something else than it says."""
    for name in ("price", "regular_price", "unit_cost"):
        wrong = frame[name] < 0
        if wrong.any():
            raise FrameError(f"{path}: {name} is below 0 ({given_frames.rows(wrong)})")
    days = pd.Series(frame["date"].sort_values().unique())
    if len(days) > 1 and days.diff().min() >= pd.Timedelta(days=SPARSE_DAYS):
        raise FrameError(f"{path}: rows are {days.diff().min().days} days or more apart; give days or weeks")
    if (days.iloc[-1] - days.iloc[0]).days > MOST_YEARS * 366:
        raise FrameError(
            f"{path}: dates go from {days.iloc[0]:%Y-%m-%d} to {days.iloc[-1]:%Y-%m-%d}, more than {MOST_YEARS} years; "
            "one of them is wrong"
        )
