"""The real ERP of Adventure Works, as companies/adventureworks maps it: its known totals arrive."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
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

COMPANY = "adventureworks"


@pytest.fixture(scope="module")
def loaded(warehouse: Settings, real_data: Path) -> LoadReport:
    return load_company(COMPANY, latest_business_date(COMPANY))


@pytest.fixture(scope="module")
def connection(loaded: LoadReport) -> Iterator[psycopg.Connection]:
    with connect(Role.TRANSFORMER) as opened:
        yield opened


def one(connection: psycopg.Connection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def test_every_row_keeps_its_contract(loaded: LoadReport) -> None:
    assert loaded.refused == []
    assert {name: (counts.rows_read, counts.rows_quarantined) for name, counts in loaded.entities.items()} == {
        "products": (504, 0),
        "locations": (14 + 10, 0),
        "suppliers": (104, 0),
        "supplier_products": (460, 0),
        "purchase_orders": (4_012, 0),
        "purchase_order_lines": (8_845, 0),
        "price_lists": (395, 0),
        "inventory_snapshots": (1_069, 0),
        "sales_lines": (121_317, 0),
        "promotions": (538, 0),
        "customers": (19_820, 0),
        "customer_order_lines": (60_398, 0),
    }


def test_business_date() -> None:
    assert latest_business_date(COMPANY) == date(2014, 6, 30)


def test_sales_orders_and_lines(connection: psycopg.Connection) -> None:
    found = one(
        connection,
        "select count(*), count(distinct transaction_id), sum(quantity), min(sale_date), max(sale_date) "
        "from raw.sales_lines where company_id = 'adventureworks'",
    )
    assert found == (121_317, 31_465, 274_914, date(2011, 5, 31), date(2014, 6, 30))


def test_lines_sum_up_to_every_sales_order(connection: psycopg.Connection, real_data: Path) -> None:
    header = real_data / "adventureworks" / "oltp" / "Sales_SalesOrderHeader.parquet"
    subtotals = dict(
        duckdb.execute("select SalesOrderID, SubTotal::decimal(18, 4) from read_parquet(?)", [str(header)]).fetchall()
    )
    sums = connection.execute(
        "select transaction_id::int, sum(net_amount) from raw.sales_lines "
        "where company_id = 'adventureworks' group by 1"
    ).fetchall()
    assert len(sums) == len(subtotals) == 31_465
    # Lines have six decimals in the source and four in raw: half a unit of the fourth, 72 lines at most.
    assert max(abs(amount - subtotals[order]) for order, amount in sums) < Decimal("0.001")


def test_list_prices_follow_each_other_without_a_gap(connection: psycopg.Connection) -> None:
    found = one(
        connection,
        """
        select count(*), count(distinct product_id), count(*) filter (where valid_to is null),
            count(*) filter (where valid_to <> next_from)
        from (
            select *, lead(valid_from) over (partition by product_id order by valid_from) as next_from
            from raw.price_lists where company_id = 'adventureworks'
        ) as prices
        """,
    )
    assert found == (395, 293, 195, 0)
    cap = connection.execute(
        "select valid_from, valid_to, unit_price from raw.price_lists "
        "where company_id = 'adventureworks' and product_id = '707' order by 1"
    ).fetchall()
    assert cap == [
        (date(2011, 5, 31), date(2012, 5, 30), Decimal("33.6442")),
        (date(2012, 5, 30), date(2013, 5, 30), Decimal("33.6442")),
        (date(2013, 5, 30), None, Decimal("34.9900")),
    ]


def test_gross_less_discount_is_net(connection: psycopg.Connection) -> None:
    query = (
        "select count(*) filter (where gross_amount - discount_amount <> net_amount), count(*) filter "
        "(where discount_amount > 0), count(*) filter (where discount_amount < 0) "
        "from raw.sales_lines where company_id = 'adventureworks'"
    )
    wrong, discounted, negative = one(connection, query)
    assert (wrong, negative) == (0, 0)
    assert discounted > 3_000


def test_lines_sum_up_to_every_purchase_order(connection: psycopg.Connection) -> None:
    found = one(
        connection,
        """
        select count(*), count(*) filter (where subtotal_amount = line_amount), sum(subtotal_amount), sum(lines)
        from raw.purchase_orders as orders
        join (
            select company_id, purchase_order_id, sum(line_amount) as line_amount, count(*) as lines
            from raw.purchase_order_lines group by 1, 2
        ) as lines using (company_id, purchase_order_id)
        where company_id = 'adventureworks'
        """,
    )
    assert found == (4_012, 4_012, Decimal("63791994.8380"), 8_845)


def test_received_and_rejected(connection: psycopg.Connection) -> None:
    found = one(
        connection,
        "select count(*) filter (where received_quantity < ordered_quantity), count(*) filter "
        "(where rejected_quantity > 0) from raw.purchase_order_lines where company_id = 'adventureworks'",
    )
    assert found == (380, 563)


def test_statuses_of_purchase_orders(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        "select status, count(*) from raw.purchase_orders where company_id = 'adventureworks' group by 1"
    ).fetchall()
    assert dict(rows) == {"complete": 3_689, "rejected": 86, "pending": 225, "approved": 12}


def test_channels_customers_and_promotions(connection: psycopg.Connection) -> None:
    channels = connection.execute(
        "select channel, count(distinct transaction_id) from raw.sales_lines "
        "where company_id = 'adventureworks' group by 1"
    ).fetchall()
    assert dict(channels) == {"online": 27_659, "reseller": 3_806}
    kinds = connection.execute(
        "select customer_type, count(*), count(customer_name), count(email) from raw.customers "
        "where company_id = 'adventureworks' group by 1 order by 1"
    ).fetchall()
    assert [(kind, count) for kind, count, *_ in kinds] == [("person", 18_484), ("reseller", 1_336)]
    assert kinds[1][2] == 1_336
    promotions = one(
        connection,
        "select count(*), count(distinct promotion_id), max(discount_pct), min(location_id) from raw.promotions "
        "where company_id = 'adventureworks'",
    )
    assert promotions == (243, 14, Decimal("0.5"), "ALL")


def test_stock_and_stocked_products(connection: psycopg.Connection) -> None:
    found = one(
        connection,
        "select sum(on_hand_quantity), count(distinct product_id), count(*) filter (where unit_cost is null) "
        "from raw.inventory_snapshots where company_id = 'adventureworks'",
    )
    stocked = one(
        connection, "select count(*) filter (where is_stocked) from raw.products where company_id = 'adventureworks'"
    )
    assert found == (335_974, 432, 0)
    # 295 finished goods, 72 of them without a stock record, and 209 parts.
    assert stocked == (504,)


def test_places_of_all_facts_exist(connection: psycopg.Connection) -> None:
    query = """
        select count(*) from (
            select company_id, location_id from raw.sales_lines
            union select company_id, location_id from raw.inventory_snapshots
        ) as used
        left join raw.locations using (company_id, location_id)
        where company_id = 'adventureworks' and locations.location_name is null
    """
    assert one(connection, query) == (0,)


def test_orders_of_the_web_shop_are_those_of_the_erp(connection: psycopg.Connection) -> None:
    # Two sources of the same orders: what the data warehouse calls a line and what the ERP does must be one.
    found = one(
        connection,
        "select count(*), count(distinct orders.order_id), count(*) filter (where orders.order_date = lines.sale_date "
        "and orders.unit_price = round(lines.unit_price, 4) and orders.product_id = lines.product_id), "
        "min(promised_date - order_date), max(promised_date - order_date), "
        "min(shipped_date - order_date), max(shipped_date - order_date) "
        "from raw.customer_order_lines as orders inner join raw.sales_lines as lines "
        "on orders.company_id = lines.company_id and orders.order_id = lines.transaction_id "
        "and orders.line_number = lines.line_number where orders.company_id = 'adventureworks'",
    )
    assert found == (60_398, 27_659, 60_398, 12, 12, 7, 7)
