"""The real deliveries of SCMS, as companies/scms maps one hostile list: every row and every figure of it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest

from ingest.companies import latest_business_date
from ingest.load import load_company
from ingest.report import LoadReport
from warehouse.connection import Role, connect
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

COMPANY = "scms"


@pytest.fixture(scope="module")
def loaded(warehouse: Settings, real_data: Path) -> LoadReport:
    return load_company(COMPANY, latest_business_date(COMPANY))


@pytest.fixture(scope="module")
def connection(loaded: LoadReport) -> Iterator[psycopg.Connection]:
    with connect(Role.TRANSFORMER) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The file by another way: line ends replaced, every value as text."""
    text = (real_data / "scms_delivery/SCMS_Delivery_History_Dataset.csv").read_bytes().replace(b"\r", b"\n")
    path = tmp_path_factory.mktemp("scms") / "deliveries.tsv"
    path.write_bytes(text)
    duck = duckdb.connect()
    duck.execute(f"create table deliveries as from read_csv('{path}', delim = '\t', all_varchar = true)")
    return duck


def one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def test_masters_orders_and_shipments_are_taken_out_of_the_lines(loaded: LoadReport) -> None:
    assert loaded.refused == []
    assert {name: (counts.rows_loaded, counts.rows_quarantined) for name, counts in loaded.entities.items()} == {
        "products": (184, 0),
        "locations": (43, 0),
        "suppliers": (73, 0),
        "purchase_orders": (6_233, 0),
        "purchase_order_lines": (10_324, 0),
        "receipts": (10_324, 0),
        "shipments": (7_030, 0),
    }


def test_value_of_the_lines(connection: psycopg.Connection) -> None:
    total = one(connection, "select sum(line_amount)::text from raw.purchase_order_lines where company_id = 'scms'")
    assert total == ("1627584457.2900",)


def test_late_lines(connection: psycopg.Connection) -> None:
    # 11.5 % of the lines, which the handbook of the data set states.
    query = """
        select count(*) from raw.receipts as r inner join raw.purchase_order_lines as l
            using (company_id, purchase_order_id, line_number)
        where company_id = 'scms' and r.received_date > l.confirmed_date
    """
    assert one(connection, query) == (1_186,)


def test_texts_in_number_fields_are_no_figures(
    connection: psycopg.Connection, source: duckdb.DuckDBPyConnection
) -> None:
    expected = source.execute(
        """
        select sum(try_cast("Weight (Kilograms)" as bigint)),
            sum(try_cast("Freight Cost (USD)" as decimal(18, 2)))::text
        from deliveries
        """
    ).fetchone()
    found = one(
        connection,
        "select sum(weight_kg)::bigint, sum(freight_amount)::numeric(18, 2)::text from raw.shipments "
        "where company_id = 'scms'",
    )
    assert found == expected


def test_orders_without_a_date_keep_none(connection: psycopg.Connection, source: duckdb.DuckDBPyConnection) -> None:
    expected = source.execute(
        """
        select count(distinct "PO / SO #") from deliveries
        where not regexp_matches("PO Sent to Vendor Date", '^[0-9/]+$')
            and not regexp_matches("PQ First Sent to Client Date", '^[0-9/]+$')
        """
    ).fetchone()
    query = "select count(*) from raw.purchase_orders where company_id = 'scms' and order_date is null"
    assert one(connection, query) == expected
