"""Rows of large files are counted as they load: once, the good ones only, and without ever stopping a load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ingest import counting, readers
from warehouse.figures import LoadFigure

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

NET = LoadFigure("net", "r.net_amount")
NEWEST = LoadFigure("newest", "r.sale_date - date '2000-01-01'", "max")
RETURNS = LoadFigure("returns", "case when r.is_return then 1 else 0 end")
PRODUCTS = LoadFigure("rows by product_id", "product_id", "rows")
CUSTOMERS = LoadFigure("rows by customer_id", "customer_id", "rows")
WANTED = {"sales_lines": (NET, NEWEST, RETURNS, PRODUCTS, CUSTOMERS)}
HEADER = "id,day,product,customer,net\n"
LINES = (
    "1,2024-01-01,A,,10.25",
    "2,2024-01-03,B,c1,-0.25",
    "3,2024-01-02,A,,2",
    "4,2024-01-09,A,,not a number",
    "5,2024-01-02,C,,0.5",
)
FEED = {
    "entity": "sales_lines",
    "files": "*.csv",
    "columns": {
        "transaction_id": "id", "line_number": {"constant": 1}, "sold_at": {"constant": "2024-01-01T00:00:00Z"},
        "sale_date": "day", "location_id": {"constant": "S"}, "channel": {"constant": "store"}, "product_id": "product",
        "customer_id": "customer", "quantity": {"constant": 1}, "uom": {"constant": "EA"}, "net_amount": "net",
        "currency": {"constant": "EUR"},
    },
}  # fmt: skip
# Of the four good rows: 10.25 - 0.25 + 2 + 0.5; 2024-01-03 is day 8,768 after 2000-01-01.
EXPECTED = {
    (NET.item, None, 12.5),
    (NEWEST.item, None, 8768.0),
    (RETURNS.item, None, 0.0),
    (PRODUCTS.item, None, 4.0),
    (PRODUCTS.item, "A", 2.0),
    (PRODUCTS.item, "B", 1.0),
    (PRODUCTS.item, "C", 1.0),
    (CUSTOMERS.item, None, 1.0),
    (CUSTOMERS.item, "c1", 1.0),
}


@pytest.fixture
def counted_shop(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose files are all large, and counted in several chunks."""
    monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    monkeypatch.setattr(counting, "CHUNK_ROWS", 2)
    monkeypatch.setattr("ingest.passes.BATCH_ROWS", 1)
    shop.configure(FEED)
    return shop


def figures(shop: Shop) -> list[tuple[object, ...]]:
    return shop.rows(
        "select f.item, f.value, f.amount from ops.load_figures as f "
        "inner join ops.load_ledger as l on l.load_id = f.load_id "
        "where l.company_id = %(company)s and l.status = 'loaded'"
    )


def test_good_rows_are_counted(counted_shop: Shop) -> None:
    counted_shop.put("a.csv", *LINES, header=HEADER)
    counted_shop.load(figures=WANTED)
    assert counted_shop.ledger() == [("a.csv", "loaded", 5, 4, 1)]
    assert sorted(figures(counted_shop), key=str) == sorted(EXPECTED, key=str)


def test_file_that_is_read_twice_is_counted_once(counted_shop: Shop) -> None:
    counted_shop.put("a.csv", *LINES, LINES[0], header=HEADER)
    counted_shop.load(figures=WANTED)
    assert counted_shop.ledger() == [("a.csv", "loaded", 6, 4, 2)]
    assert sorted(figures(counted_shop), key=str) == sorted(EXPECTED, key=str)


def test_figure_that_cannot_be_counted_stops_no_load(counted_shop: Shop) -> None:
    counted_shop.put("a.csv", *LINES, header=HEADER)
    counted_shop.load(figures={"sales_lines": (NET, LoadFigure("bad", "cast(r.uom as integer)"), PRODUCTS)})
    assert counted_shop.ledger() == [("a.csv", "loaded", 5, 4, 1)]
    assert figures(counted_shop) == []


def test_sum_that_is_no_number_is_not_kept(counted_shop: Shop) -> None:
    counted_shop.put("a.csv", *LINES, header=HEADER)
    counted_shop.load(figures={"sales_lines": (NET, LoadFigure("nan", "cast('nan' as double precision)"))})
    assert figures(counted_shop) == [(NET.item, None, 12.5)]


def test_too_many_values_are_not_kept(counted_shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MAX_VALUES", 2)
    counted_shop.put("a.csv", *LINES, header=HEADER)
    counted_shop.load(figures=WANTED)
    assert {item for item, *_ in figures(counted_shop)} == {NET.item, NEWEST.item, RETURNS.item, CUSTOMERS.item}


def test_small_files_are_not_counted(shop: Shop) -> None:
    shop.configure(FEED)
    shop.put("a.csv", *LINES, header=HEADER)
    shop.load(figures=WANTED)
    assert shop.ledger() == [("a.csv", "loaded", 5, 4, 1)]
    assert figures(shop) == []
