"""Returns are redone with the sale that they came from: it may come, change and go after the return itself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.dbt import run_dbt
from warehouse.settings import Settings

COMPANY = "corner_shop"
DAY = date(2024, 3, 1)
# In another month than the sales.
RETURNED = "2024-02-20"
DOCUMENT = {
    "return_id": "r1", "line_number": 1, "return_date": RETURNED, "returned_at": f"{RETURNED} 12:00+00",
    "product_id": "tea", "transaction_id": "t1", "quantity": 1, "status": "received", "uom": "EA",
}  # fmt: skip
TO_MART = ["--select", "+mart_returns_monthly"]
DATED = "select sum(days_to_return_mean)::int from marts_build.mart_returns_monthly"

pytestmark = pytest.mark.integration


def build(number: int, rows: dict[str, list[dict[str, Any]]], options: list[str] = TO_MART) -> str:
    """Deliver a day and run the models; whoever wants the build complete says so."""
    day = DAY + timedelta(days=number)
    deliver(COMPANY, str(day), {name: [row | {"_file_date": day} for row in found] for name, found in rows.items()})
    return again(number, options)


def again(number: int, options: list[str] = TO_MART) -> str:
    day = DAY + timedelta(days=number)
    build_id = claim_batches(COMPANY, day)
    start_build(build_id)
    run_dbt(["run", *options], COMPANY, day, build_id)
    return build_id


def bought(day: str, transaction: str = "t1", **changes: Any) -> dict[str, Any]:
    return sale(transaction, day, "tea", 3, customer_id="ann") | changes


def test_documents_follow_their_sale(empty_warehouse: Settings) -> None:
    found = "select sale_date::text, sold_quantity::int, days_to_return from core.fct_returns"
    complete_build(build(0, {"returns": [DOCUMENT], "sales_lines": [bought("2024-01-02", "t0")]}))
    assert query(found) == [(None, None, None)]
    complete_build(build(1, {"sales_lines": [bought("2024-01-15")]}))
    assert query(found) == [("2024-01-15", 3, 36)]
    assert query(DATED) == [(36,)]
    complete_build(build(2, {"sales_lines": [bought("2024-01-19", quantity=2)]}))
    assert query(found) == [("2024-01-19", 2, 32)]
    complete_build(build(3, {"sales_lines": [bought("2024-01-19", is_deleted=True)]}))
    assert query(found) == [(None, None, None)]
    assert query(DATED) == [(None,)]


def test_lines_follow_the_purchase_before(empty_warehouse: Settings) -> None:
    found = "select purchase_date::text, is_documented from intermediate.int_returns_booked"
    back = sale("back", RETURNED, "tea", -1, customer_id="ann")
    complete_build(build(0, {"sales_lines": [back, bought("2024-01-02", "t0")]}))
    assert query(found) == [("2024-01-02", False)]
    complete_build(build(1, {"sales_lines": [bought("2024-01-25")]}))
    assert (query(found), query(DATED)) == ([("2024-01-25", False)], [(26,)])
    # Where that purchase goes again, the build breaks off behind the lines, before their month is added up.
    build(2, {"sales_lines": [bought("2024-01-25", is_deleted=True)]}, ["--select", "+int_returns_booked"])
    assert (query(found), query(DATED)) == ([("2024-01-02", False)], [(26,)])
    complete_build(again(2))
    assert query(DATED) == [(49,)]
    # With the first document the lines count no more, and none of the other way round.
    complete_build(build(3, {"returns": [DOCUMENT | {"transaction_id": "t0"}]}))
    assert query(found) == [(None, True)]
    assert query("select sum(return_line_count)::int from marts_build.mart_returns_monthly") == [(1,)]
    complete_build(build(4, {"returns": [DOCUMENT | {"is_deleted": True}]}))
    assert query(found) == [("2024-01-02", False)]
    assert query(DATED) == [(49,)]
