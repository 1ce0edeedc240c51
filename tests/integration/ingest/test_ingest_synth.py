"""A small fictitious company, as companies/synth maps it: everything arrives, and totals are those of its truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from expectations.run import check
from ingest.companies import latest_business_date
from ingest.load import load_company
from ingest.report import LoadReport
from samples.synth.landing import generate
from samples.synth.plan import LAST_DAY, Plan
from warehouse.connection import Role, connect
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

COMPANY = "synth"


@pytest.fixture(scope="module")
def folder(warehouse: Settings) -> Path:
    out = warehouse.landing_dir / COMPANY
    generate(out, Plan(places=3, skus=30, years=0.25, seed=3))
    return out


@pytest.fixture(scope="module")
def loaded(folder: Path) -> LoadReport:
    assert latest_business_date(COMPANY) == LAST_DAY == date(2024, 12, 29)
    return load_company(COMPANY, LAST_DAY)


@pytest.fixture(scope="module")
def connection(loaded: LoadReport) -> Iterator[psycopg.Connection]:
    with connect(Role.TRANSFORMER) as opened:
        yield opened


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "truth/totals.json").read_text())
    return facts


def rows(connection: psycopg.Connection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def test_everything_is_taken_and_nothing_is_quarantined(loaded: LoadReport, folder: Path) -> None:
    assert loaded.refused == []
    assert {name for name, counts in loaded.entities.items() if counts.rows_quarantined} == set()
    assert set(loaded.entities) == {
        "budgets", "competitor_prices", "customers", "inventory_snapshots", "lanes", "locations", "price_lists",
        "products", "promotions", "purchase_order_lines", "purchase_orders", "quotations", "receipts", "returns",
        "rfqs", "sales_lines", "shipments", "stock_lots", "stock_movements", "supplier_products", "suppliers",
        "web_events",
    }  # fmt: skip
    files = sum(1 for path in folder.glob("pos/sales_*"))
    assert loaded.entities["sales_lines"].files_loaded == files == 91


def test_sales_are_those_of_the_truth(connection: psycopg.Connection, truth: dict[str, Any]) -> None:
    totals = truth["totals"]
    assert rows(
        connection,
        "select count(*), sum(quantity)::bigint, (sum(net_amount) * 100)::bigint, "
        "sum(gross_amount - discount_amount) = sum(net_amount) "
        "from raw.sales_lines where company_id = 'synth'",
    ) == [(totals["lines"], totals["units"], totals["net_cents"], True)]


def test_movements_are_those_of_the_truth(connection: psycopg.Connection, truth: dict[str, Any]) -> None:
    found = rows(
        connection,
        "select movement_type, count(*), sum(quantity)::bigint from raw.stock_movements "
        "where company_id = 'synth' group by 1",
    )
    names = {"adjustment": "opening"}
    assert {names.get(kind, kind): {"rows": count, "units": units} for kind, count, units in found} == truth[
        "movements"
    ]


def test_stock_rolls_forward_to_the_last_snapshot(connection: psycopg.Connection) -> None:
    pairs, wrong = rows(
        connection,
        """
        with movements as (select * from raw.stock_movements where company_id = 'synth'),
        booked as (
            select location_id, product_id, sum(quantity) as quantity
            from (
                select to_location_id as location_id, product_id, quantity from movements
                union all
                select from_location_id, product_id, -quantity from movements
            ) as ends
            where location_id is not null
            group by 1, 2
        ),
        stock as (
            select location_id, product_id, on_hand_quantity from raw.inventory_snapshots
            where company_id = 'synth' and snapshot_date = date '2024-12-29'
        )
        select count(*), count(*) filter (where coalesce(quantity, 0) <> coalesce(on_hand_quantity, 0))
        from booked full join stock using (location_id, product_id)
        """,
    )[0]
    assert pairs > 60
    assert wrong == 0


def test_orders_and_suppliers_are_those_of_the_truth(
    connection: psycopg.Connection, truth: dict[str, Any], folder: Path
) -> None:
    assert rows(
        connection, "select count(distinct purchase_order_id) from raw.purchase_orders where company_id = 'synth'"
    ) == [(truth["purchase_orders"],)]
    suppliers = duckdb.sql(f"select supplier from '{folder}/truth/suppliers.parquet' order by 1").fetchall()
    assert rows(connection, "select supplier_id from raw.suppliers where company_id = 'synth' order by 1") == suppliers


def test_fake_orders_lie_among_the_sales(connection: psycopg.Connection, folder: Path, truth: dict[str, Any]) -> None:
    fakes = [
        str(row[0]) for row in duckdb.sql(f"select transaction from '{folder}/truth/fake_orders.parquet'").fetchall()
    ]
    assert len(fakes) == truth["totals"]["fake_lines"] > 0
    found = connection.execute(
        "select count(*), min(channel), max(channel) from raw.sales_lines "
        "where company_id = 'synth' and transaction_id = any(%s)",
        [fakes],
    ).fetchone()
    assert found == (len(fakes), "online", "online")


def test_returns_are_those_of_the_truth(connection: psycopg.Connection, truth: dict[str, Any]) -> None:
    found = rows(
        connection,
        "select count(*), count(*) filter (where is_restockable), sum(quantity) filter (where is_restockable)::bigint "
        "from raw.returns where company_id = 'synth'",
    )
    # Goods that can be sold again are booked into stock, those of one day, place and item in one sum.
    (lines, restocked, units), booked = found[0], truth["movements"]["return"]
    assert (lines, units) == (truth["totals"]["returns"], booked["units"])
    assert restocked >= booked["rows"] > 0


def test_every_return_names_the_line_it_undoes(connection: psycopg.Connection) -> None:
    assert rows(
        connection,
        """
        select count(*) filter (where sales.product_id is null), count(*) filter (where sales.quantity < back.quantity)
        from raw.returns as back
        left join raw.sales_lines as sales
            on sales.company_id = back.company_id and sales.transaction_id = back.transaction_id
            and sales.line_number = back.sales_line_number and sales.product_id = back.product_id
            and sales.sale_date <= back.return_date
        where back.company_id = 'synth'
        """,
    ) == [(0, 0)]


def test_prices_are_those_that_the_registers_took(connection: psycopg.Connection) -> None:
    lines, wrong = rows(
        connection,
        """
        with prices as (select * from raw.price_lists where company_id = 'synth'),
        priced as (
            select lines.unit_price, (
                select prices.unit_price from prices
                where prices.product_id = lines.product_id and prices.price_type = 'regular'
                    and prices.valid_from <= lines.sale_date
                order by prices.valid_from desc limit 1
            ) as list_price
            from raw.sales_lines as lines where company_id = 'synth'
        )
        select count(*), count(*) filter (where unit_price is distinct from list_price) from priced
        """,
    )[0]
    assert lines > 500
    assert wrong == 0


def test_promotion_prices_end_with_their_week(connection: psycopg.Connection) -> None:
    assert rows(
        connection,
        "select distinct price_type, valid_to - valid_from from raw.price_lists where company_id = 'synth' order by 1",
    ) == [("promotion", 7), ("regular", None)]


def test_lots_explain_the_stock_of_centers(connection: psycopg.Connection) -> None:
    # First in, first out: where newer receipts explain the stock, the older ones are gone.
    lots, wrong, whole = rows(
        connection,
        """
        with received as (
            select product_id, location_id, lot_id, snapshot_date, accepted_quantity,
                coalesce(sum(accepted_quantity) over (
                    partition by product_id, location_id, snapshot_date order by received_date desc, lot_id desc
                    rows between unbounded preceding and 1 preceding
                ), 0) as newer_quantity
            from raw.receipts
            cross join (
                select distinct snapshot_date from raw.inventory_snapshots where company_id = 'synth'
            ) as sundays
            where company_id = 'synth' and received_date <= snapshot_date
        ),
        expected as (
            select received.*, least(on_hand_quantity - newer_quantity, accepted_quantity) as quantity
            from received inner join raw.inventory_snapshots as stock using (product_id, location_id, snapshot_date)
            where stock.company_id = 'synth' and on_hand_quantity > newer_quantity and accepted_quantity > 0
        )
        select count(*), count(*) filter (where quantity is distinct from on_hand_quantity),
            count(*) filter (where quantity = accepted_quantity)
        from expected
        full join (select * from raw.stock_lots where company_id = 'synth') as lots
            using (product_id, location_id, lot_id, snapshot_date)
        """,
    )[0]
    assert lots > 100
    assert wrong == 0
    assert 0 < whole < lots


def test_the_log_and_the_price_watch_arrive_whole(connection: psycopg.Connection, folder: Path) -> None:
    extracts = {
        "web_events": f"read_json('{folder}/web/events_*.jsonl', format='newline_delimited')",
        "competitor_prices": f"read_csv('{folder}/web/competitor_prices_*.csv')",
        "rfqs": f"read_csv('{folder}/erp/rfqs_*.csv')",
        "quotations": f"read_csv('{folder}/erp/rfqs_*.csv')",
        "budgets": f"read_csv('{folder}/erp/budgets_*.csv')",
        "lanes": f"read_csv('{folder}/erp/lanes_*.csv')",
    }
    for entity, extract in extracts.items():
        expected = duckdb.sql(f"select count(*) from {extract}").fetchall()
        assert rows(connection, f"select count(*) from raw.{entity} where company_id = 'synth'") == expected, entity
    kinds = duckdb.sql(f"select type, count(*) from {extracts['web_events']} group by 1 order by 1").fetchall()
    found = "select event_type, count(*) from raw.web_events where company_id = 'synth' group by 1 order by 1"
    assert rows(connection, found) == kinds
    offered = duckdb.sql(f"select sum(PRICE) from {extracts['competitor_prices']}").fetchall()
    total = "select sum(price)::float from raw.competitor_prices where company_id = 'synth'"
    assert rows(connection, total)[0] == pytest.approx(offered[0])
    planned = duckdb.sql(f"select sum(SALES_AMT) from {extracts['budgets']}").fetchall()
    total = "select sum(net_sales_amount)::float from raw.budgets where company_id = 'synth'"
    assert rows(connection, total)[0] == pytest.approx(planned[0])


def test_the_gate_finds_nothing_critical(loaded: LoadReport) -> None:
    judged = check("raw", COMPANY, LAST_DAY, batch_id=loaded.batch_id)
    assert judged["failed_critical"] == 0
    assert judged["evaluated"] > 100
    # What the company does not have.
    assert set(judged["skipped"]) == {"calendars", "campaigns", "customer_order_lines", "interactions"}
