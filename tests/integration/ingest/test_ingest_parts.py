"""Large files become parts of a raw table: the same rows to every reader, in one transaction with their record."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from ingest import parts, readers
from warehouse.connection import Role, connect

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

HEADER = "id,day,product,quantity,net\n"
LINES = ("1,2024-01-01,A,1,10.25", "2,2024-01-03,B,-2,-0.2500", "3,2024-01-02,A,3.5,2")
COLUMNS: dict[str, Any] = {
    "transaction_id": "id", "line_number": {"constant": 1}, "sold_at": {"constant": "2024-01-01T00:00:00Z"},
    "sale_date": "day", "location_id": {"constant": "S"}, "channel": {"constant": "store"}, "product_id": "product",
    "quantity": "quantity", "uom": {"constant": "EA"}, "net_amount": "net", "currency": {"constant": "EUR"},
}  # fmt: skip
FEED = {"entity": "sales_lines", "files": "*.csv", "columns": COLUMNS}
PARTS = "select count(*) from pg_inherits where inhparent = 'raw.sales_lines'::regclass"


@pytest.fixture
def large(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose files are all large."""
    monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    monkeypatch.setattr(parts, "PART_BYTES", 0)
    shop.configure(FEED)
    return shop


def part_count(shop: Shop) -> int:
    return int(shop.rows(PARTS)[0][0])


def part_tables(shop: Shop) -> int:
    return int(shop.rows("select count(*) from pg_tables where schemaname = 'raw_parts'")[0][0])


def test_part_holds_what_the_table_would_hold(large: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    before = part_count(large)
    large.put("2024-01-01.csv", *LINES, header=HEADER)
    large.load(file="2024-01-01.csv")
    assert part_count(large) == before + 1
    monkeypatch.setattr(parts, "PART_BYTES", 1 << 40)
    large.put("2024-01-02.csv", *LINES, "9,2024-01-04,C,1,1", header=HEADER)
    large.load(file="2024-01-02.csv")
    assert part_count(large) == before + 1
    columns = large.rows(
        "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute where attnum > 0 "
        "and attrelid = 'raw.sales_lines'::regclass and attname not in ('_source_file', '_loaded_at')"
    )[0][0]
    first, second = (
        large.rows(
            f"select {columns} from raw.sales_lines where company_id = %(company)s and _source_file = '{name}' "
            "and transaction_id <> '9' order by _row_number"
        )
        for name in ("2024-01-01.csv", "2024-01-02.csv")
    )
    assert first == second
    assert len(first) == len(LINES)


def test_what_all_rows_share_is_kept_once(large: Shop) -> None:
    large.put("a.csv", *LINES, header=HEADER)
    report = large.load()
    shared = large.rows(
        "select a.attname from pg_attribute as a inner join raw.sales_lines as r on r.tableoid = a.attrelid "
        "where a.atthasmissing and r.company_id = %(company)s group by 1 order by 1"
    )
    texts = {"channel", "currency", "location_id", "uom"}
    lineage = {"_file_date", "_loaded_at", "_source_file", "company_id", "source_system"}
    assert {name for (name,) in shared} == texts | lineage
    found = large.rows(
        "select distinct _batch_id, source_system, _source_file, _file_date::text, location_id, currency, "
        "_loaded_at > now() - interval '1 hour' from raw.sales_lines where company_id = %(company)s"
    )
    assert found == [(report.batch_id, "crm", "a.csv", "2024-03-01", "S", "EUR", True)]


def test_file_that_is_read_twice_leaves_one_part(large: Shop) -> None:
    before = part_tables(large)
    large.put("a.csv", *LINES, LINES[0], "4,2024-01-02,A,1,no number", header=HEADER)
    large.load()
    assert large.ledger() == [("a.csv", "loaded", 5, 3, 2)]
    assert part_tables(large) == before + 1


def test_refused_file_leaves_no_part(large: Shop) -> None:
    before = part_tables(large)
    large.configure(FEED | {"columns": COLUMNS | {"net_amount": {"sql": "error('no')"}}})
    large.put("a.csv", *LINES, header=HEADER)
    large.load()
    assert [entry[1] for entry in large.ledger()] == ["refused"]
    assert part_tables(large) == before


def test_builds_read_parts_and_other_batches_pass_them_by(large: Shop) -> None:
    large.put("a.csv", *LINES, header=HEADER)
    report = large.load()
    with connect(Role.TRANSFORMER) as connection:
        query = "select count(*) from raw.sales_lines where company_id = %s"
        assert connection.execute(query, [large.company_id]).fetchone() == (3,)
        plans = [
            connection.execute(f"explain select * from raw.sales_lines where _batch_id = {batch}").fetchall()  # type: ignore[arg-type]
            for batch in (report.batch_id, report.batch_id + 1_000_000)
        ]
    # Parts are called by a number: 1 is read for its own batch, none for another one.
    assert [len(re.findall(r" on sales_lines_\d+ ", str(plan))) for plan in plans] == [1, 0]


def test_new_columns_reach_parts(large: Shop) -> None:
    large.put("a.csv", *LINES, header=HEADER)
    large.load()
    large.connection.execute("alter table raw.sales_lines add column grown text")
    try:
        assert large.rows("select grown from raw.sales_lines where company_id = %(company)s") == [(None,)] * 3
    finally:
        large.connection.execute("alter table raw.sales_lines drop column grown")


def test_no_part_beyond_the_limit(large: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MAX_PARTS", 0)
    before = part_count(large)
    large.put("a.csv", *LINES, header=HEADER)
    large.load()
    assert large.ledger() == [("a.csv", "loaded", 3, 3, 0)]
    assert part_count(large) == before


def test_keys_of_parts_are_indexed_where_pulls_come(large: Shop, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as source:
        source.execute("create table sold (id text, day text, product text, quantity text, net text, number int)")
        source.execute("insert into sold values ('7', '2024-01-01', 'A', '1', '1', 1)")
    cursor = {"column": "number", "type": "integer", "lookback": 0}
    pulled = {"entity": "sales_lines", "table": "sold", "columns": COLUMNS, "cursor": cursor}
    before = part_tables(large)
    large.put("2024-01-01.csv", *LINES, header=HEADER)
    large.load()
    large.configure(pulled, database=f"sqlite:///{path}")
    assert large.load().refused == []
    large.configure(FEED)
    large.put("2024-01-02.csv", *LINES, "9,2024-01-04,C,1,1", header=HEADER)
    large.load()
    assert part_tables(large) == before + 2
    indexed = large.rows(
        "select t.relname::text, t.reltuples, substring(pg_get_indexdef(i.indexrelid) from '[(].*') "
        "from pg_class as t left join pg_index as i on i.indrelid = t.oid "
        "where t.oid in (select inhrelid from pg_inherits where inhparent = 'raw.sales_lines'::regclass) "
        "order by t.oid"
    )
    assert {keys for *_, keys in indexed} == {"(company_id, source_system, transaction_id, line_number)"}
    assert indexed[-1][1] == len(LINES) + 1, "analyzed, so that a pull knows how few rows a key has"
