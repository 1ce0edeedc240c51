"""The gate and pulls: few changes are no half delivery, a full pull of half a table is."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import TYPE_CHECKING

import pytest

from expectations import gate
from expectations.run import QualityGateError

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

COLUMNS = {"supplier_id": "id", "supplier_name": "name", "status": {"constant": "active"}}
CURSOR = {"column": "number", "type": "integer", "lookback": 0}
COUNT = 10


def accepted(shop: Shop, day: int, *, is_full: bool = False) -> int:
    """Load and judge, and return the rows loaded."""
    report = shop.load(date(2024, 3, day), is_full=is_full)
    assert report.batch_id is not None
    gate.judge(shop.company_id, date(2024, 3, day), report.batch_id, "test")
    gate.accept(report.batch_id)
    return report.entities["suppliers"].rows_loaded


def test_gate_judges_full_pulls_only_as_full_deliveries(shop: Shop, tmp_path: Path) -> None:
    path = tmp_path / "source.db"
    shop.configure(
        {"entity": "suppliers", "table": "supplier", "cursor": CURSOR, "columns": COLUMNS}, database=f"sqlite:///{path}"
    )
    with sqlite3.connect(path) as source:
        source.execute("create table supplier (id text, name text, number int)")
        source.executemany("insert into supplier values (?, 'Mill', ?)", [(f"s{n}", n) for n in range(COUNT)])
    assert [accepted(shop, day, is_full=True) for day in (1, 2, 3, 4)] == [COUNT, 0, 0, 0]
    with sqlite3.connect(path) as source:
        source.execute("update supplier set name = 'New Mill', number = 100 where id = 's1'")
    assert accepted(shop, 5) == 1
    with sqlite3.connect(path) as source:
        source.execute("delete from supplier where number > 2")
    with pytest.raises(QualityGateError, match="rows_to_full_delivery"):
        accepted(shop, 6, is_full=True)
