"""Each rule at its boundary, and the numbers of the rows that break it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ingest import keys, readers

LINE = {
    "supplier_id": "S", "product_id": "P", "effective_from": "2024-01-01", "unit_price": "1", "currency": "EUR",
    "uom": "EA",
}  # fmt: skip
TERMS = {"entity": "supplier_products"}


@pytest.fixture(params=["small", "large", "huge"])
def any_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All ways of reading: at once, hopefully, and hopefully with the keys on disk; in passes once a key repeats."""
    if request.param != "small":
        monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    if request.param == "huge":
        monkeypatch.setattr(keys, "IN_MEMORY", 1)


def terms(*changes: dict[str, str]) -> str:
    names = list(dict.fromkeys([*LINE, *(name for change in changes for name in change)]))
    # Keys differ unless the test sets them.
    rows = [{**LINE, "product_id": f"P{n}", **change} for n, change in enumerate(changes)]
    lines = [",".join(f'"{row[name]}"' if row.get(name) else "" for name in names) for row in rows]
    return "\n".join([",".join(names), *lines]) + "\n"


@pytest.mark.parametrize(
    ("column", "good", "bad", "rule"),
    [
        ("supplier_id", "x", "", "required"),
        ("unit_price", "0", "-0.0001", "minimum"),
        ("share_pct", "1", "1.000001", "maximum"),
        ("share_pct", "0", "-0.000001", "minimum"),
        ("order_multiple", "0.0001", "0", "exclusive_minimum"),
        ("currency", "USD", "usd", "pattern"),
        ("currency", "USD", "USDX", "pattern"),
        ("unit_price", "99999999999999.9999", "100000000000000", "type"),
        ("unit_price", " 5 ", "five", "type"),
        ("unit_price", "1e2", "NaN", "type"),
        ("unit_price", "12.5", "12,5", "type"),
        ("priority", "1.0", "1.5", "type"),
        ("priority", "2147483647", "2147483648", "type"),
        ("priority", "1", "0", "minimum"),
        ("effective_to", "2024-02-29", "2023-02-29", "type"),
        ("effective_to", "9999-12-31", "infinity", "type"),
        ("effective_to", "2014-06-30 00:00:00.000", "30/06/2014", "type"),
        ("updated_at", "2024-01-01T10:00:00+02:00", "2024-01-01 25:00:00", "type"),
        ("is_deleted", "true", "maybe", "type"),
    ],
)
@pytest.mark.usefixtures("any_size")
def test_boundary(read: Callable[..., Any], column: str, good: str, bad: str, rule: str) -> None:
    screened = read(terms({column: good}, {column: bad}), TERMS)
    assert [row["_row_number"] for row in screened.rows] == [1]
    assert screened.broken() == [(2, column, rule)]
    assert screened.quarantine[0]["value"] == (bad or None)
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (2, 1, 1)


@pytest.mark.parametrize(("day", "rule"), [("1999-12-31", "minimum"), ("2031-01-01", "maximum")])
def test_day_outside_the_calendar(read: Callable[..., Any], day: str, rule: str) -> None:
    head = "purchase_order_id,supplier_id,status,currency,order_date\n"
    line = "{},S,open,EUR,{}\n"
    content = head + line.format(1, "2000-01-01") + line.format(2, "2030-12-31") + line.format(3, day)
    screened = read(content, {"entity": "purchase_orders"})
    assert screened.broken() == [(3, "order_date", rule)]
    assert screened.tally.good == 2


def test_vocabulary(read: Callable[..., Any]) -> None:
    content = "supplier_id,supplier_name,status\n1,A,active\n2,B,Active\n3,C,\n"
    screened = read(content, {"entity": "suppliers"})
    assert screened.broken() == [(2, "status", "vocabulary"), (3, "status", "required")]
    assert screened.quarantine[0]["reason"] == "is none of active, inactive, blocked"


def test_values_are_typed(read: Callable[..., Any]) -> None:
    given = {"priority": "3", "updated_at": "2024-01-01T10:00:00+02:00", "is_deleted": "0", "share_pct": "0.333333"}
    (row,) = read(terms(given), TERMS).rows
    assert (row["priority"], row["is_deleted"], row["share_pct"]) == (3, False, Decimal("0.333333"))
    assert row["effective_from"] == date(2024, 1, 1)
    assert row["updated_at"] == datetime(2024, 1, 1, 8, tzinfo=UTC)


@pytest.mark.usefixtures("any_size")
def test_all_broken_rules_of_a_row_with_its_values(read: Callable[..., Any]) -> None:
    screened = read(terms({"unit_price": "x", "currency": "?", "supplier_id": ""}), TERMS)
    assert screened.broken() == [(1, "supplier_id", "required"), (1, "unit_price", "type"), (1, "currency", "pattern")]
    assert screened.tally.bad == 1
    assert json.loads(screened.quarantine[0]["row_data"])["unit_price"] == "x"


@pytest.mark.usefixtures("any_size")
def test_repeated_key_keeps_the_first_good_row(read: Callable[..., Any]) -> None:
    same = {"product_id": "P"}
    content = terms(same | {"unit_price": "bad"}, same | {"unit_price": "2"}, {}, same | {"unit_price": "3"}, same)
    screened = read(content, TERMS)
    assert [(row["_row_number"], row["unit_price"]) for row in screened.rows] == [(2, Decimal(2)), (3, Decimal(1))]
    key = "supplier_id, product_id, effective_from"
    assert screened.broken() == [(1, "unit_price", "type"), (4, key, "unique"), (5, key, "unique")]
    assert screened.quarantine[1]["reason"] == f"has the same {key} as row 2 of the file"
    assert screened.quarantine[1]["value"] == "S, P, 2024-01-01"


@pytest.mark.usefixtures("any_size")
def test_malformed_lines_are_set_aside_and_counted(read: Callable[..., Any]) -> None:
    lines = terms({}, {}, {}, {}, {"unit_price": "bad"}, {}).splitlines()
    lines[2] = "too,few"
    lines[4] += ",too,many"
    screened = read("\n".join(lines) + '\nS,"open,2024\n', TERMS)
    assert [row["_row_number"] for row in screened.rows] == [1, 3, 6]
    assert [row["product_id"] for row in screened.rows] == ["P0", "P2", "P5"]
    assert sorted(screened.broken()) == [
        (2, None, "malformed"),
        (4, None, "malformed"),
        (5, "unit_price", "type"),
        (7, None, "malformed"),
    ]
    reasons = [row["reason"] for row in screened.quarantine if row["rule"] == "malformed"]
    assert reasons[:2] == ["has fewer fields than the header", "has more fields than the header"]
    assert "quote" in reasons[2]
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (7, 3, 4)


def test_personal_values_are_marked(read: Callable[..., Any]) -> None:
    content = "customer_id,customer_type,region,email\n1,person,x,a@b\n2,alien,y,c@d\n"
    plain = read(content, {"entity": "customers"})
    assert [(row["column_name"], row["is_personal"]) for row in plain.quarantine] == [("customer_type", False)]
    lines = '{"customer_id": 1, "customer_type": "person", "email": "a\\u0000b"}\n'
    nul = read(lines, {"entity": "customers"}, "a.jsonl")
    assert [(row["column_name"], row["rule"], row["is_personal"]) for row in nul.quarantine] == [
        ("email", "type", True)
    ]


@pytest.mark.usefixtures("any_size")
def test_many_rows_in_many_batches(read: Callable[..., Any]) -> None:
    count = 50_000
    lines = [f"S,P{n},2024-01-01,{'-1' if n % 1000 == 0 else n % 7},EUR,EA" for n in range(count)]
    lines[40_001] = lines[5]
    screened = read(",".join(LINE) + "\n" + "\n".join(lines) + "\n", TERMS)
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (count, count - 51, 51)
    assert sum(row["unit_price"] for row in screened.rows) == sum(
        n % 7 for n in range(count) if n % 1000 and n != 40_001
    )
    numbers = [row["_row_number"] for row in screened.rows]
    assert numbers == sorted(numbers)
    assert (40_002, "supplier_id, product_id, effective_from", "unique") in screened.broken()
