"""A metric asked for by name says what the marts say."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build
from warehouse.connection import Role, connect
from warehouse.dbt import run_dbt
from warehouse.metrics import run_mf
from warehouse.settings import Settings

COMPANY = "corner_shop"
# It keeps documents of what comes back.
MARKET = "market"
MONDAY, DAYS = date(2024, 1, 1), 28
LAST_DAY = MONDAY + timedelta(days=DAYS - 1)

pytestmark = pytest.mark.integration


def order(number: int, due: str, received: str | None, quantity: int) -> dict[str, list[dict[str, Any]]]:
    """An order of ten, due and received on these days; nothing was received where there is no day."""
    order_id = f"o{number}"
    key = {"purchase_order_id": order_id, "line_number": 1, "product_id": "tea", "uom": "EA"}
    receipt = key | {"receipt_id": order_id, "location_id": "shop", "supplier_id": "s", "received_quantity": quantity}
    return {
        "purchase_orders": [
            {
                "purchase_order_id": order_id,
                "supplier_id": "s",
                "ship_to_location_id": "shop",
                "order_date": str(MONDAY),
                "confirmed_date": due,
                "status": "open",
                "currency": "USD",
            }
        ],
        "purchase_order_lines": [key | {"ordered_quantity": 10, "unit_price": 1, "line_amount": 10, "currency": "USD"}],
        "receipts": [receipt | {"received_date": received, "received_at": f"{received} 08:00+00"}] if received else [],
    }


@pytest.fixture(scope="module")
def shop(module_warehouse: Settings) -> None:
    """Four weeks: one tea a day at 2 and cost 1, on Mondays one comes back; stock lasts until the last week."""
    days = [MONDAY + timedelta(days=offset) for offset in range(DAYS)]
    stock = {"location_id": "shop", "product_id": "tea", "stock_condition": "unrestricted", "uom": "EA"}
    rows: dict[str, list[dict[str, Any]]] = {
        "locations": [{"location_id": "shop", "location_name": "Shop", "location_type": "store", "region": "north"}],
        "suppliers": [{"supplier_id": "s", "supplier_name": "Tea Traders", "status": "active"}],
        "products": [
            {
                "product_id": "tea",
                "product_name": "Tea",
                "category_1": "Drinks",
                "uom": "EA",
                "status": "active",
                "is_stocked": True,
                "standard_cost": 1,
                "currency": "USD",
            }
        ],
        "sales_lines": [
            *(sale(f"sale-{day}", str(day), "tea", 1, discount_amount=Decimal("0.5")) for day in days),
            *(sale(f"back-{day}", str(day), "tea", -1) for day in days[::7]),
        ],
        "inventory_snapshots": [
            stock | {"snapshot_date": str(day), "on_hand_quantity": quantity, "currency": "USD"}
            for day, quantity in ((days[0], 30), (days[25], 0))
        ],
    }
    # On time and in full, late, short, and never.
    orders = [
        (1, "2024-01-10", "2024-01-10", 10),
        (2, "2024-01-11", "2024-01-13", 10),
        (3, "2024-01-12", "2024-01-12", 4),
    ]
    for part in [order(*given) for given in orders] + [order(4, "2024-01-20", None, 0)]:
        for entity, listed in part.items():
            rows.setdefault(entity, []).extend(listed)
    deliver(COMPANY, str(LAST_DAY), rows)
    back = {"return_id": "r", "line_number": 1, "product_id": "tea", "quantity": 1, "uom": "EA", "status": "received"}
    market = {
        **{entity: rows[entity] for entity in ("locations", "products", "inventory_snapshots")},
        "sales_lines": [row for row in rows["sales_lines"] if row["quantity"] > 0],
        "returns": [
            back | {"return_date": str(LAST_DAY), "returned_at": f"{LAST_DAY} 12:00+00", "location_id": "shop"}
        ],
    }
    deliver(MARKET, str(LAST_DAY), market)
    also, build_id = claim_batches(MARKET, LAST_DAY), claim_batches(COMPANY, LAST_DAY)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("update ops.batches set build_id = %s where build_id = %s", [build_id, also])
    run_dbt(["run"], COMPANY, LAST_DAY, build_id)
    complete_build(build_id)


def ask(folder: Path, metrics: list[str], by: list[str], company: str = COMPANY) -> list[tuple[Any, ...]]:
    """Return what MetricFlow answers of a company, ordered, numbers to six digits."""
    answer = folder / "answer.csv"
    options = ["--metrics", ",".join(metrics), "--group-by", ",".join(by), "--csv", str(answer)]
    assert run_mf(["query", *options]) == 0
    with answer.open() as lines:
        rows = list(csv.DictReader(lines))
    return sorted(tuple(_value(row[column]) for column in (*by, *metrics)) for row in rows if row["company"] == company)


def _value(text: str) -> Any:
    if not text:
        return None
    try:
        return round(float(text), 6)
    except ValueError:
        return text.removesuffix("T00:00:00").removesuffix(" 00:00:00")


def asked_of(mart: str, columns: list[str], by: list[str]) -> list[tuple[Any, ...]]:
    """Return the columns of a mart in the same form."""
    listed = ", ".join([*(f"{column}::text" for column in by), *(f"{column}::text" for column in columns)])
    return sorted(
        tuple(_value(text or "") for text in row)
        for row in query(f"select {listed} from marts_build.{mart} where company_id = '{COMPANY}'")
    )


@pytest.mark.usefixtures("shop")
def test_weekly_metrics_are_those_of_the_kpi_mart(tmp_path: Path) -> None:
    columns = {
        "net_sales_amount": "net_sales_amount",
        "gross_sales_amount": "gross_sales_amount",
        "discount_amount": "discount_amount",
        "gross_margin_amount": "gross_margin_amount",
        "gross_margin_pct": "gross_margin_pct",
        "transaction_count": "transaction_count",
        "average_basket_amount": "average_basket_amount",
        "selling_product_count": "selling_product_count",
        "stockout_pct": "stockout_pct",
        "closing_stock_amount": "closing_stock_amount",
    }
    found = ask(tmp_path, list(columns), ["company", "metric_time__week"])
    # Seven teas at 2 less one that came back, cost 1 each; in the last week three of seven days without stock.
    assert found[-1][:8] == (COMPANY, "2024-01-22", 12, 15.5, 3.5, 6, 0.5, 8)
    assert found[-1][10] == pytest.approx(3 / 7, abs=1e-6)
    assert [row[-1] for row in found] == [30, 30, 30, 0]
    assert found == asked_of("mart_kpi_weekly", list(columns.values()), ["company_id", "week_start_date"])


@pytest.mark.usefixtures("shop")
def test_daily_metrics_are_those_of_the_sales_mart(tmp_path: Path) -> None:
    metrics = ["net_sales_amount", "sold_quantity", "returned_quantity", "cost_amount"]
    by = ["company", "metric_time__day", "location__region", "product__category_1"]
    found = ask(tmp_path, metrics, by)
    assert len(found) == DAYS
    assert found == asked_of("mart_sales_daily", metrics, ["company_id", "sale_date", "region", "category_1"])


@pytest.mark.usefixtures("shop")
def test_purchasing_metrics_are_those_of_the_scorecard(tmp_path: Path) -> None:
    metrics = ["supplier_on_time_pct", "supplier_in_full_pct", "supplier_otif_pct", "purchase_lines_due_count"]
    found = ask(tmp_path, metrics, ["company", "supplier", "metric_time__month"])
    assert found == [(COMPANY, "s", "2024-01-01", 0.25, 0.5, 0.25, 4)]
    columns = ["on_time_pct", "in_full_pct", "otif_pct", "lines_due_count"]
    assert found == asked_of(
        "mart_supplier_scorecard_monthly", columns, ["company_id", "supplier_id", "month_start_date"]
    )


@pytest.mark.usefixtures("shop")
def test_metrics_of_a_month_are_those_of_the_kpi_catalogue(tmp_path: Path) -> None:
    metrics = [
        "net_sales_amount",
        "gross_margin_amount",
        "gross_margin_pct",
        "transaction_count",
        "average_basket_amount",
        "return_pct",
        "closing_stock_amount",
        "stockout_pct",
        "supplier_on_time_pct",
        "supplier_otif_pct",
    ]
    # 28 teas sold at 2 and 4 back, cost 1 each; three of 28 days without stock; one of four orders in full and on time.
    by_hand = [48, 24, 0.5, 32, 1.5, 4 / 28, 0, 3 / 28, 0.25, 0.25]
    ((company, month, *found),) = ask(tmp_path, metrics, ["company", "metric_time__month"])
    assert (company, month) == (COMPANY, "2024-01-01")
    assert found == pytest.approx(by_hand, abs=1e-6)
    catalogue = {
        kpi: (float(actual), status, is_complete)
        for kpi, actual, status, is_complete in query(
            "select kpi_id, actual, status, is_complete_month from marts_build.mart_kpi_catalogue_monthly "
            f"where company_id = '{COMPANY}' and actual is not null"
        )
    }
    assert [catalogue[kpi][0] for kpi in metrics] == pytest.approx(found, abs=1e-6)
    # Nobody has set a target, and the month is not over.
    assert {entry[1:] for entry in catalogue.values()} == {("unknown", False)}


@pytest.mark.usefixtures("shop")
def test_who_books_no_return_as_a_sale_has_no_return_rate(tmp_path: Path) -> None:
    sku = "select distinct company_id, return_pct is null, return_numerator is null from marts_build."
    sku += "mart_sku_indicators_weekly where sold_quantity > 0 and is_complete_week order by 1"
    assert query(sku) == [(COMPANY, False, False), (MARKET, True, True)]
    rates = "select distinct company_id, return_amount_pct is null from marts_build.mart_channel_weekly order by 1"
    assert query(rates) == [(COMPANY, False), (MARKET, True)]
    documents = f"select return_quantity_pct from marts_build.mart_returns_monthly where company_id = '{MARKET}'"
    assert [float(pct) for (pct,) in query(documents)] == pytest.approx([1 / 28], abs=1e-6)
    ((_, _, rate, sold),) = ask(tmp_path, ["return_pct", "sold_quantity"], ["company", "metric_time__month"], MARKET)
    assert (rate, sold) == (None, 28)
