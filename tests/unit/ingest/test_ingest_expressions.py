"""Expressions that fail on a row: the row goes to quarantine with what the expression read, the others are loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ingest import readers

FEED = {
    "entity": "campaigns",
    "columns": {
        "campaign_id": "ID",
        "campaign_name": {"sql": "nullif(Name, '') || S[:0]"},
        "start_date": {"sql": "strptime(S, '%m/%d/%Y')::date"},
        "end_date": {"sql": "strptime(S, '%m/%d/%Y')::date + D::integer"},
    },
}


@pytest.fixture(params=["small", "large"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of reading: at once, and as rows come."""
    if request.param == "large":
        monkeypatch.setattr(readers, "SMALL_BYTES", 0)


def lines(count: int, *bad: str) -> str:
    rows = [f"{n},n,01/31/2024,1" for n in range(count)]
    return "\n".join(["ID,Name,S,D", *rows[: count // 2], *bad, *rows[count // 2 :]]) + "\n"


def test_row_goes_to_quarantine_with_what_the_expression_read(read: Callable[..., Any]) -> None:
    screened = read(lines(4, "x,,31.01.2024,1", "y,,01/31/2024,many", "z,,,"), FEED)
    assert [row["campaign_id"] for row in screened.rows] == ["0", "1", "2", "3"]
    assert screened.rows[0]["end_date"] == date(2024, 2, 1)
    found = [(*row, q["value"]) for row, q in zip(screened.broken(), screened.quarantine, strict=True)]
    assert found == [
        (3, "start_date", "expression", "S = 31.01.2024"),
        (3, "end_date", "expression", "S = 31.01.2024, D = 1"),
        (4, "end_date", "expression", "S = 01/31/2024, D = many"),
        # Empty is no failure.
        (5, "start_date", "required", None),
        (5, "end_date", "required", None),
    ]
    reasons = {q["reason"] for q in screened.quarantine if q["rule"] == "expression"}
    assert reasons == {"expression failed on this row; the value shows the columns it read"}
    document = json.loads(screened.quarantine[2]["row_data"])
    assert document == {
        "campaign_id": "y", "campaign_name": None, "start_date": "2024-01-31", "end_date": "S = 01/31/2024, D = many",
    }  # fmt: skip
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (7, 4, 3)


def test_late_failure_among_malformed_lines_and_repeated_keys(read: Callable[..., Any]) -> None:
    count = 60_000
    screened = read(lines(count, "too,short", "x,,wrong,1", "0,again,01/31/2024,1"), FEED)
    middle = count // 2
    assert sorted(screened.broken()) == [
        (middle + 1, None, "malformed"),
        (middle + 2, "end_date", "expression"),
        (middle + 2, "start_date", "expression"),
        (middle + 3, "campaign_id", "unique"),
    ]
    assert (len(screened.rows), screened.tally.bad) == (count, 3)


def test_all_rows_fail(read: Callable[..., Any]) -> None:
    screened = read("ID,Name,S,D\n" + "1,n,2024-01-31,1\n" * 3, FEED)
    assert (screened.rows, screened.tally.bad) == ([], 3)


def test_expression_over_lookups_and_filters(read: Callable[..., Any]) -> None:
    feed = FEED | {
        "columns": FEED["columns"] | {"campaign_name": {"sql": "(names.label::integer + src.ID::integer)::varchar"}},
        "lookups": {"names": {"files": "names.csv"}},
        "joins": "left join names on src.ID = names.id",
        "where": "src.ID <> '1'",
    }
    query = "select * from (values ('0', '7'), ('2', 'seven')) as names (id, label)"
    screened = read(lines(4), feed, names=query)
    assert [(row["campaign_id"], row["campaign_name"]) for row in screened.rows] == [("0", "7"), ("3", None)]
    assert [q["value"] for q in screened.quarantine] == ["ID = 2"]
    assert screened.tally.filtered == 1


def test_hostile_values_and_columns_are_quoted(read: Callable[..., Any]) -> None:
    columns = {"campaign_id": "ID", "start_date": "S", "end_date": {"sql": '"it\'s ""D"""::date'}}
    content = 'ID,S,"it\'s ""D"""\n1,2024-01-01,\'; drop\n2,2024-01-01,2024-01-02\n'
    screened = read(content, {"entity": "campaigns", "columns": columns})
    assert [row["campaign_id"] for row in screened.rows] == ["2"]
    assert screened.quarantine[0]["value"] == "it's \"D\" = '; drop"
