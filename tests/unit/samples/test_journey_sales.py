"""Cash register extracts hold the real sales, row by row and to the cent."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from samples.journey.pos import write_sales
from samples.journey.source import DAYS, open_source


@pytest.fixture(scope="module")
def all_sales(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pos")
    write_sales(open_source(), folder, DAYS)
    return folder


def read_day(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt", newline="") as handle:
        return list(csv.DictReader(handle))


def test_each_trading_day_holds_the_real_rows_and_amounts(all_sales: Path, real_data: Path) -> None:
    real = pd.read_parquet(real_data / "transactions.parquet")
    local = real["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZoneInfo("America/New_York"))
    expected = real.groupby(local.dt.strftime("%Y-%m-%d")).agg(
        rows=("sales_value", "size"), net=("sales_value", "sum"), coupon=("coupon_disc", "sum")
    )
    assert len(expected) == 364
    assert expected["rows"].sum() == 1_469_307
    assert len(list(all_sales.iterdir())) == 364
    for day, wanted in expected.iterrows():
        rows = read_day(all_sales / f"sales_lines_{day}.csv.gz")
        assert len(rows) == wanted["rows"]
        assert sum(Decimal(row["NET_SALES"]) for row in rows) == Decimal(f"{wanted['net']:.2f}")
        assert sum(Decimal(row["CPN_DISC"]) for row in rows) == Decimal(f"{wanted['coupon']:.2f}")


def test_the_rows_of_a_day_are_the_real_ones(all_sales: Path, real_data: Path) -> None:
    real = pd.read_parquet(real_data / "transactions.parquet")
    rows = pd.DataFrame(read_day(all_sales / "sales_lines_2017-07-04.csv.gz"))
    merged = rows.astype({"BASKET_ID": "int64", "UPC": "int64"}).merge(
        real, left_on=["BASKET_ID", "UPC"], right_on=["basket_id", "product_id"], how="left", validate="one_to_one"
    )
    assert merged["quantity"].notna().all()
    assert (merged["QTY"].astype(int) == merged["quantity"]).all()
    assert (merged["STORE"].astype(int) == merged["store_id"]).all()
    assert (merged["HSHD_ID"].astype(int) == merged["household_id"]).all()
    assert (pd.to_datetime(merged["TRANS_TS"]).dt.tz_localize(None) == merged["transaction_timestamp"]).all()
    for column, name in (("LOYALTY_DISC", "retail_disc"), ("CPN_MATCH_DISC", "coupon_match_disc")):
        assert (merged[column] == merged[name].abs().map("{:.2f}".format)).all()


def test_lines_are_numbered_from_one_within_a_basket(landing: Any) -> None:
    rows = pd.DataFrame(read_day(landing.folder / "pos" / "sales_lines_2017-02-14.csv.gz"))
    numbers = rows["LINE_NO"].astype(int).groupby(rows["BASKET_ID"])
    assert (numbers.min() == 1).all()
    assert (numbers.max() == numbers.size()).all()
    assert not rows.duplicated(["BASKET_ID", "LINE_NO"]).any()


def test_fuel_is_marked_as_thousandths_of_a_gallon(all_sales: Path) -> None:
    rows = pd.DataFrame(read_day(all_sales / "sales_lines_2017-07-04.csv.gz"))
    fuel = rows[rows["UOM_CD"] == "MGL"]
    price = fuel["NET_SALES"].astype(float) / fuel["QTY"].astype(float) * 1000
    assert len(fuel) > 20
    assert price.between(1.5, 3.5).all()
    assert rows.loc[rows["UOM_CD"] == "EA", "QTY"].astype(int).max() < 200


def test_promotions_are_the_real_ones_of_the_planned_products(landing: Any, real_data: Path) -> None:
    delivered = pd.read_parquet(landing.folder / "pos" / "promotions_2017-01-01.parquet")
    assert sorted(delivered["WEEK_NO"].unique()) == [1, 2, 3, 4, 5, 6]
    # Week 7 begins on 6 February, 35 days after the second of January.
    later = pd.read_parquet(landing.folder / "pos" / "promotions_2017-01-02.parquet")
    assert later["WEEK_NO"].unique().tolist() == [7]
    assert later["START_DT"].astype(str).unique().tolist() == ["2017-02-06"]
    written = delivered[delivered["WEEK_NO"] == 3]
    real = pd.read_parquet(real_data / "promotions.parquet")
    wanted = real[(real["week"] == 3) & real["product_id"].isin(written["UPC"])]
    assert len(written) == len(wanted) > 100
    assert written["UPC"].nunique() <= landing.truth["assortment"]["products"]
    assert set(zip(written["START_DT"].astype(str), written["END_DT"].astype(str), strict=True)) == {
        ("2017-01-09", "2017-01-15")
    }
