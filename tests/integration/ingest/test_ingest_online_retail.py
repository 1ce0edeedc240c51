"""The real invoices of Online Retail, as companies/online_retail maps them: each kind of dirt ends in its place.

Counts are those of ../shared/data/README.md, which were made by other means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.companies import latest_business_date
from ingest.load import load_company
from ingest.report import LoadReport
from warehouse.connection import Role, connect
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

COMPANY = "online_retail"
ROWS = 541_909
DUPLICATES = 5_268


@pytest.fixture(scope="module")
def loaded(warehouse: Settings, real_data: Path) -> LoadReport:
    return load_company(COMPANY, latest_business_date(COMPANY))


@pytest.fixture(scope="module")
def connection(loaded: LoadReport) -> Iterator[psycopg.Connection]:
    with connect(Role.LOADER) as opened:
        yield opened


def one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def test_every_row_ends_as_a_sale_a_write_off_or_in_quarantine(loaded: LoadReport) -> None:
    assert loaded.refused == []
    counts = {name: (found.rows_loaded, found.rows_quarantined) for name, found in loaded.entities.items()}
    negative_prices = 2
    write_offs = 10_624 - 9_288
    assert counts == {
        "products": (3_958, 0),
        "locations": (1, 0),
        "customers": (4_372, 0),
        "sales_lines": (ROWS - write_offs - DUPLICATES - negative_prices, DUPLICATES + negative_prices),
        "stock_movements": (write_offs, 0),
    }


def test_duplicates_are_quarantined_as_repeated_keys(connection: psycopg.Connection) -> None:
    query = "select rule, count(*) from ops.quarantine where company_id = 'online_retail' group by 1 order by 1"
    assert connection.execute(query).fetchall() == [("minimum", 2), ("unique", DUPLICATES)]


def test_cancellations_are_returns(connection: psycopg.Connection) -> None:
    repeated = one(
        connection,
        "select count(*) from ops.quarantine where company_id = 'online_retail' and rule = 'unique' "
        "and row_data ->> 'is_return' = 'true'",
    )
    query = (
        "select count(*) filter (where quantity < 0), count(*) from raw.sales_lines where is_return and company_id = "
    )
    assert one(connection, f"{query} 'online_retail'") == (9_288 - repeated[0],) * 2


def test_lines_of_no_product_are_services(connection: psycopg.Connection) -> None:
    query = """
        select p.product_id from raw.products as p
        where p.company_id = 'online_retail' and not p.is_stocked and p.category_1 = 'services' order by 1
    """
    found = [row[0] for row in connection.execute(query)]
    assert found == ["AMAZONFEE", "B", "BANK CHARGES", "C2", "CRUK", "D", "DOT", "M", "POST", "S"]


def test_sales_without_a_customer_are_anonymous(connection: psycopg.Connection) -> None:
    query = "select count(*) filter (where customer_id is null) from raw.sales_lines where company_id = 'online_retail'"
    # 135,080 rows name no customer, all write-offs among them.
    anonymous = one(connection, query)[0]
    quarantined = one(
        connection,
        "select count(*) from ops.quarantine where company_id = 'online_retail' and row_data ->> 'customer_id' is null",
    )[0]
    assert anonymous + quarantined + 1_336 == 135_080


def test_mixed_case_codes_are_one_product(connection: psycopg.Connection) -> None:
    where = "company_id = 'online_retail' and product_id <> upper(product_id)"
    assert one(connection, f"select count(*) from raw.sales_lines where {where}") == (0,)
