"""Full pulls that mark rows as deleted: a row that breaks the contract is not gone, however its key is written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

# Key by key the same instants: of 30 minutes past noon in Paris in winter, and of the next day.
ZONED = ("2024-01-15T12:30:00+01:00", "2024-01-16 11:30:00Z")
LOCAL = ("15.1.2024 12:30", "16.1.2024 12:30")
PRICES = "select product_id from raw.competitor_prices where company_id = %(company)s"


@pytest.mark.parametrize(
    ("stamps", "seen_at"),
    [
        (ZONED, "stamp"),
        (LOCAL, {"column": "stamp", "format": "%d.%m.%Y %H:%M"}),
        (LOCAL, {"sql": "strptime(src.stamp, '%d.%m.%Y %H:%M')"}),
    ],
    ids=["zoned", "format", "expression"],
)
def test_bad_row_whose_key_is_written_otherwise_is_not_gone(
    shop: Shop, tmp_path: Path, stamps: tuple[str, str], seen_at: Any
) -> None:
    path = tmp_path / "prices.db"
    columns = {
        "competitor_id": {"constant": "rival"}, "product_id": "product", "seen_at": seen_at,
        "seen_date": {"constant": "2024-01-15"}, "price": "price", "currency": {"constant": "EUR"},
    }  # fmt: skip
    cursor = {"column": "number", "type": "integer", "lookback": 0, "deletes": "by_full_keys"}
    shop.configure(
        {"entity": "competitor_prices", "table": "seen", "cursor": cursor, "columns": columns},
        database=f"sqlite:///{path}",
    )
    rows = [(product, stamp, "9.99", n) for n, (product, stamp) in enumerate(zip("AABB", stamps * 2, strict=True))]
    with sqlite3.connect(path) as source:
        source.execute("create table seen (product text, stamp text, price text, number int)")
        source.executemany("insert into seen values (?, ?, ?, ?)", rows)
    assert shop.load().entities["competitor_prices"].rows_loaded == 4
    with sqlite3.connect(path) as source:
        source.execute("update seen set price = 'dear' where product = 'A'")
        source.execute("update seen set product = 'B' || char(0) where number = 3")
    counts = shop.load(is_full=True).entities["competitor_prices"]
    assert (counts.rows_loaded, counts.rows_quarantined) == (1, 3)
    gone = shop.rows(f"{PRICES} and is_deleted")
    assert gone == [("B",)], "the row that has another key now is gone; those with a bad price are there"
