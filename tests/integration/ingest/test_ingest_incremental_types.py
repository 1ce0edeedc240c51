"""Values as databases have them: exact decimals, times with and without a zone, queries, names that need quotes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from source_tables import MYSQL_URL, NOW, Table, create_table, feed, later, newest, postgresql_table, sqlite_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

needs_mysql = pytest.mark.skipif(not MYSQL_URL, reason="no server of MySQL or MariaDB: set TEST_MYSQL_URL")
# A winter's day in Paris is an hour ahead.
WALL, INSTANT = "2024-01-15 12:30:00.250000", datetime(2024, 1, 15, 11, 30, 0, 250000, UTC)


@pytest.fixture
def postgresql(shop: Shop) -> Iterator[Table]:
    yield from postgresql_table(shop.connection)


def test_postgresql_reads_one_state_without_writing(shop: Shop, postgresql: Table) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql(
            "create function nosy() returns text language plpgsql as $$ begin "
            "create table written (x int); return 'x'; end $$"
        )
    query = "select p.*, nosy() from promo as p"
    shop.configure(feed() | {"table": None, "query": query}, database=postgresql.url)
    postgresql.put("c1")
    ((_, _, message),) = shop.load().refused
    assert "cannot execute CREATE TABLE in a read-only transaction" in message
    assert shop.raw("1") == []


def test_query_is_pulled_by_its_column(shop: Shop, postgresql: Table) -> None:
    query = "select *, name || '%' as shown from promo where id like 'c%'; "
    columns = feed()["columns"] | {"campaign_name": "shown"}
    shop.configure(feed() | {"table": None, "query": query, "columns": columns}, database=postgresql.url)
    postgresql.put("c1", changed=later(days=-3))
    postgresql.put("other")
    shop.load()
    postgresql.put("c2", "100%: a", later())
    shop.load()
    assert newest(shop) == {"c1": "Spring%", "c2": "100%: a%"}
    assert [row[2:4] for row in shop.ledger()] == [(1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("cursor", "message"),
    [
        ({"column": "changed"}, "its column 'changed' has values of type datetime, which are no whole numbers"),
        ({"column": "numbr"}, "it has no column 'numbr', only id, name, starts, ends, changed, gone, number"),
    ],
    ids=["time", "misspelt"],
)
def test_integer_cursor_that_is_none_refuses_its_table_alone(
    shop: Shop, postgresql: Table, cursor: dict[str, Any], message: str
) -> None:
    wrong = feed({"type": "integer", "lookback": 0} | cursor)
    good = {"entity": "suppliers", "query": "select id, name, 'active' as state from promo"}
    columns = {"supplier_id": "id", "supplier_name": "name", "status": "state"}
    shop.configure(wrong, good | {"columns": columns}, database=postgresql.url)
    postgresql.put("c1")
    report = shop.load()
    ((file, _, reason),) = report.refused
    assert file == "table promo"
    assert message in reason
    assert report.entities["suppliers"].rows_loaded == 1


@pytest.mark.parametrize("place", ["sqlite", pytest.param("mysql", marks=needs_mysql)])
def test_names_that_need_quotes(shop: Shop, tmp_path: Path, place: str) -> None:
    table = sqlite_table(tmp_path) if place == "sqlite" else create_table(MYSQL_URL or "", "datetime(6)")
    texts = [sa.Column(text, sa.String(40)) for text in ("id", "starts", "ends")]
    name = "Pro `mo%:x"
    odd = sa.Table(name, sa.MetaData(), *texts, sa.Column("Last Change", sa.DateTime()))
    with table.engine.begin() as connection:
        odd.drop(connection, checkfirst=True)
        odd.create(connection)
        row = {"id": "c1", "starts": "2024-01-01", "ends": "2024-01-02", "Last Change": NOW.replace(tzinfo=None)}
        connection.execute(odd.insert(), row)
    columns = {"campaign_id": "id", "start_date": "starts", "end_date": "ends"}
    cursor = {"column": "Last Change", "type": "timestamp", "lookback": "1h"}
    shop.configure({"entity": "campaigns", "table": name, "cursor": cursor, "columns": columns}, database=table.url)
    for _ in range(2):
        assert shop.load().refused == []
    assert shop.raw("campaign_id, _source_file") == [("c1", f"table {name}")]
    with table.engine.begin() as connection:
        odd.drop(connection)


def movements(shop: Shop, url: str, moment: str, **more: Any) -> list[tuple[Any, ...]]:
    """Pull a table of stock movements twice, and return what arrived."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists moves")
        connection.exec_driver_sql(
            f"create table moves (movement_id varchar(9), product_id varchar(9), location_id varchar(9), "
            f"movement_type varchar(20), quantity decimal(18, 4), uom varchar(3), unit_cost decimal(18, 4), "
            f"currency varchar(3), movement_date date, moved_at {moment}, updated_at {moment})"
        )
        connection.exec_driver_sql(
            "insert into moves values ('m1', 'p1', 'l1', 'sale', 12345678901234.5678, 'EA', 0.1000, 'EUR', "
            f"'2024-01-15', '{WALL}', '{WALL}')"
        )
    cursor = {"column": "updated_at", "type": "timestamp", "lookback": "2h"}
    shop.configure({"entity": "stock_movements", "table": "moves", "cursor": cursor} | more, database=url)
    for _ in range(2):
        assert shop.load().refused == []
    return shop.raw("movement_id, quantity, movement_date, updated_at", "stock_movements")


ZONED = [("m1", Decimal("12345678901234.5678"), date(2024, 1, 15), INSTANT)]
UNZONED = [(*ZONED[0][:3], INSTANT.replace(hour=12))]


@pytest.mark.parametrize(
    ("moment", "more", "expected"),
    [
        ("timestamp", {"timezone": "Europe/Paris"}, ZONED),
        ("timestamp", {}, UNZONED),
        ("timestamptz", {"timezone": "Europe/Paris"}, ZONED),
    ],
    ids=["declared", "utc", "known"],
)
def test_times_and_decimals_of_postgresql(
    shop: Shop, postgresql: Table, moment: str, more: dict[str, Any], expected: list[Any]
) -> None:
    with postgresql.engine.begin() as connection:
        connection.exec_driver_sql("alter database source_system set timezone = 'Europe/Paris'")
    assert movements(shop, postgresql.url, moment, **more) == expected


@needs_mysql
@pytest.mark.parametrize(
    ("more", "expected"), [({"timezone": "Europe/Paris"}, ZONED), ({}, UNZONED)], ids=["declared", "utc"]
)
def test_times_and_decimals_of_mysql(shop: Shop, more: dict[str, Any], expected: list[Any]) -> None:
    assert movements(shop, MYSQL_URL or "", "datetime(6)", **more) == expected
