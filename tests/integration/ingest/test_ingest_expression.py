"""A value that breaks an expression costs its row, not its file."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from ingest import readers
from ingest.check import check_company

if TYPE_CHECKING:
    from conftest import Shop


pytestmark = pytest.mark.integration

FEED = {
    "entity": "campaigns",
    "files": "*.csv",
    "columns": {
        "campaign_id": "ID",
        "start_date": {"sql": "strptime(S, '%m/%d/%Y')::date"},
        "end_date": {"sql": "strptime(S, '%m/%d/%Y')::date + 1"},
    },
}


@pytest.mark.parametrize("small", [True, False], ids=["at-once", "in-a-stream"])
def test_one_bad_date_costs_one_row(shop: Shop, monkeypatch: pytest.MonkeyPatch, *, small: bool) -> None:
    if not small:
        monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    shop.configure(FEED)
    lines = [f"c{n},01/31/2024" for n in range(50_000)]
    shop.put("a.csv", *lines[:49_000], "bad,31.01.2024", "too,many,fields", *lines[49_000:], header="ID,S\n")
    shop.put("b.csv", "only,01/31/2024", header="ID,S\n")
    report = shop.load()
    assert report.refused == []
    assert shop.ledger() == [("a.csv", "loaded", 50_002, 50_000, 2), ("b.csv", "loaded", 1, 1, 0)]
    assert len(shop.raw("1")) == 50_001
    found = shop.rows(
        "select row_number, column_name, rule, reason, value from ops.quarantine where company_id = %(company)s "
        "order by row_number, column_name desc"
    )
    reason = "expression failed on this row; the value shows the columns it read"
    assert found == [
        (49_001, "start_date", "expression", reason, "S = 31.01.2024"),
        (49_001, "end_date", "expression", reason, "S = 31.01.2024"),
        (49_002, None, "malformed", "has more fields than the header", "too,many,fields"),
    ]


def test_check_shows_the_row(shop: Shop) -> None:
    shop.configure(FEED)
    shop.put("a.csv", "c1,01/31/2024", "bad,31.01.2024", header="ID,S\n")
    (finding,) = check_company(shop.company_id, date(2024, 3, 1))
    assert (finding.entry.status, finding.entry.rows_loaded) == ("loaded", 1)
    assert [(rule.column, rule.rule, rule.rows) for rule in finding.broken] == [
        ("start_date", "expression", (2,)), ("end_date", "expression", (2,)),
    ]  # fmt: skip


def test_rejected_lines_of_a_refused_file_are_not_those_of_the_next(shop: Shop) -> None:
    shop.configure(FEED | {"where": "S::date > '2000-01-01'"})
    shop.put("a.csv", "c1,2024-01-31", "too,many,fields", "bad,date", header="ID,S\n")
    shop.put("b.csv", header="ID,S\n")
    assert [file for file, *_ in shop.load().refused] == ["a.csv"]
    assert [row[:2] for row in shop.ledger()] == [("a.csv", "refused"), ("b.csv", "loaded")]
    assert shop.rows("select source_file from ops.quarantine where company_id = %(company)s") == []
