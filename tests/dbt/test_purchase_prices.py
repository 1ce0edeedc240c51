"""Purchase price variance of a real ERP: what Adventure Works ordered, against the terms of its vendors."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from raw_rows import query

from expectations.gate import accept
from ingest.companies import latest_business_date
from ingest.load import load_company
from warehouse.builds import claim_batches
from warehouse.dbt import run_dbt
from warehouse.settings import Settings

COMPANY = "adventureworks"
MART = "mart_purchase_price_monthly"

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def built(module_warehouse: Settings, real_data: Path) -> None:
    day = latest_business_date(COMPANY)
    accept(load_company(COMPANY, day).batch_id)
    run_dbt(["run", "--select", f"+{MART}"], COMPANY, day, claim_batches(COMPANY, day))


@pytest.fixture(scope="module")
def orders(real_data: Path) -> pd.DataFrame:
    """Order lines up to the business date that nobody rejected, with the vendor's terms."""
    headers, lines, terms = (
        pd.read_parquet(real_data / f"adventureworks/oltp/Purchasing_{table}.parquet")
        for table in ("PurchaseOrderHeader", "PurchaseOrderDetail", "ProductVendor")
    )
    headers["month"] = pd.to_datetime(headers["OrderDate"])
    headers = headers[(headers["month"] <= "2014-06-30") & (headers["Status"] != 3)]
    found = lines.merge(headers[["PurchaseOrderID", "VendorID", "month"]])
    terms = terms.rename(columns={"BusinessEntityID": "VendorID"})
    found = found.merge(terms[["ProductID", "VendorID", "StandardPrice", "UnitMeasureCode"]], how="left")
    # Lines are ordered by the piece: terms per carton or can say nothing of their price.
    per_piece = found["UnitMeasureCode"].str.strip() == "EA"
    found["agreed"] = found["StandardPrice"].astype(float).where(per_piece)
    found["variance"] = (found["UnitPrice"].astype(float) - found["agreed"]) * found["OrderQty"]
    return found


@pytest.mark.usefixtures("built")
def test_variance_against_terms_is_that_of_the_source(orders: pd.DataFrame) -> None:
    figures = ("lines_count", "ordered_quantity", "contract_quantity", "ppv_contract_amount")
    columns = ", ".join(f"sum({figure})::float" for figure in figures)
    compared = orders[orders["agreed"].notna()]
    sums = (len(orders), orders["OrderQty"].sum(), compared["OrderQty"].sum(), orders["variance"].sum())
    expected = [float(value) for value in sums]
    assert list(query(f"select {columns} from marts_build.{MART}")[0]) == pytest.approx(expected, abs=0.01)


@pytest.mark.usefixtures("built")
def test_variance_by_vendor_and_month(orders: pd.DataFrame) -> None:
    months = orders["month"].dt.strftime("%Y-%m-01")
    expected = orders.groupby(["VendorID", months])["variance"].sum(min_count=1).dropna()
    rows = query(
        "select supplier_id::int, month_start_date::text, sum(ppv_contract_amount)::float "
        f"from marts_build.{MART} where contract_price is not null group by 1, 2"
    )
    assert len(rows) > 500
    assert {(vendor, month): amount for vendor, month, amount in rows} == pytest.approx(expected.to_dict(), abs=0.01)


@pytest.mark.usefixtures("built")
def test_a_standard_cost_of_nothing_is_no_reference(real_data: Path) -> None:
    products = pd.read_parquet(real_data / "adventureworks/oltp/Production_Product.parquet")
    free = set(products.loc[products["StandardCost"].astype(float) == 0, "ProductID"])
    rows = query(f"select distinct product_id::int, standard_price is null from marts_build.{MART}")
    assert {product for product, is_unknown in rows if is_unknown} == {product for product, _ in rows} & free
