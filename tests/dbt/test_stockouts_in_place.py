"""Stock-outs by month, made in place: what a build redoes of the past is what a full build makes, and no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build, start_build
from warehouse.dbt import run_dbt
from warehouse.publish import publish
from warehouse.settings import Settings

COMPANY, MART = "corner_shop", "mart_stockouts_monthly"
SELECTION = ("--select", f"+{MART}")
FIRST = date(2024, 1, 1)
# Months enough that those before and after a changed one stay as they are.
DAYS, EMPTY_DAYS = 200, (5, 12)
CONTENT = f"select * from marts_build.{MART} order by product_id, location_id, month_start_date"
NOTED = f"""
    select coalesce(product_id, 'ALL'), min(from_date)::text from ops.unpublished_rows
    where mart_name = '{MART}' and company_id = '{COMPANY}' group by 1 order by 1
"""
NAMES = f"select distinct product_id, product_name, location_name from marts_build.{MART} order by 1, 3"

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

Rows = list[dict[str, Any]]


def product(product_id: str, name: str, **changes: Any) -> dict[str, Any]:
    row = {"product_id": product_id, "product_name": name, "uom": "EA", "status": "active", "is_stocked": True}
    return row | {"standard_cost": 1, "list_price": 2, "currency": "USD"} | changes


def place(location_id: str, name: str, parent: str | None = None) -> dict[str, Any]:
    return {
        "location_id": location_id, "location_name": name, "location_type": "store", "parent_location_id": parent,
    }  # fmt: skip


def stock(day: date, location_id: str, product_id: str, quantity: int) -> dict[str, Any]:
    key = {"snapshot_date": str(day), "location_id": location_id, "product_id": product_id}
    return key | {"on_hand_quantity": quantity, "stock_condition": "unrestricted", "uom": "EA", "currency": "USD"}


def half_a_year() -> dict[str, Rows]:
    """Shop and kiosk sell tea and pots every third day, from the stock of the shop, which is empty on some days."""
    sales, stocks = [], []
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        is_empty = day.day in EMPTY_DAYS
        for product_id in ("tea", "pot"):
            stocks.append(stock(day, "shop", product_id, 0 if is_empty else 9))
            # What sells on empty days is not lost, and would hide what is.
            for shop in ("shop", "kiosk") if number % 3 == 0 and not is_empty else ():
                sales.append(sale(f"{product_id}-{shop}-{day}", str(day), product_id, 1 + number % 4, location_id=shop))
    return {
        "products": [product("tea", "Tea"), product("pot", "Pot")],
        "locations": [place("shop", "Shop"), place("kiosk", "Kiosk", "shop")],
        "sales_lines": sales,
        "inventory_snapshots": stocks,
    }


def run(day: date, *options: str) -> str:
    build_id = claim_batches(COMPANY, day)
    start_build(build_id)
    run_dbt(["run", *options], COMPANY, day, build_id)
    return build_id


def load(number: int, rows: dict[str, Rows]) -> date:
    day = FIRST + timedelta(days=DAYS + number)
    dated = {entity: [row | {"_file_date": day} for row in listed] for entity, listed in rows.items()}
    deliver(COMPANY, str(day), dated)
    return day


@pytest.fixture(scope="module")
def half_a_year_of_stock(module_warehouse: Settings) -> None:
    day = load(0, half_a_year())
    complete_build(run(day, *SELECTION))
    publish(COMPANY, day)


@pytest.fixture
def build(half_a_year_of_stock: None) -> Callable[[int, dict[str, Rows]], list[tuple[object, ...]]]:
    def built(number: int, rows: dict[str, Rows]) -> list[tuple[object, ...]]:
        """Build a day and publish it, hold both against a full build, and return what was noted as redone."""
        day = load(number, rows)
        complete_build(run(day, *SELECTION))
        noted = query(NOTED)
        publish(COMPANY, day)
        found, published = query(CONTENT), query(CONTENT.replace("marts_build", "marts"))
        # What it is made from is held against a full build elsewhere.
        run_dbt(["run", "--full-refresh", "--select", MART], COMPANY, day)
        assert found == query(CONTENT)
        assert published == found
        publish(COMPANY, day)
        return noted

    return built


Build = Callable[[int, dict[str, Rows]], list[tuple[object, ...]]]


def test_a_late_sale_reaches_the_months_after_it(build: Build) -> None:
    assert build(1, {"sales_lines": [sale("late", "2024-02-03", "tea", 40)]}) == [("ALL", "2024-02-01")]


def test_a_renamed_product_is_redone_alone(build: Build) -> None:
    # Another price is shown nowhere.
    changed = {"products": [product("tea", "Green tea"), product("pot", "Pot", list_price=3)]}
    assert build(2, changed) == [("ALL", "2024-07-01"), ("tea", "-infinity")]
    assert query(NAMES) == [("pot", "Pot", "Shop"), ("tea", "Green tea", "Shop")]


def test_a_renamed_place_is_shown_though_a_build_broke_off(build: Build) -> None:
    run(load(3, {"locations": [place("shop", "Old shop")]}), *SELECTION, "--exclude", MART)
    assert build(4, {}) == [("ALL", "2024-01-01")]
    assert query(NAMES) == [("pot", "Pot", "Old shop"), ("tea", "Green tea", "Old shop")]


def test_sales_of_the_past_move_to_a_place_that_keeps_the_product_now(build: Build) -> None:
    of_january = f"""
        select sold_quantity from marts_build.{MART}
        where product_id = 'pot' and location_id = 'shop' and month_start_date = '{FIRST}'
    """
    ((sold_by_both,),) = query(of_january)
    # It served the kiosk, which has stock of its own from now on; once more a build breaks off.
    day = FIRST + timedelta(days=DAYS + 5)
    run(load(5, {"inventory_snapshots": [stock(day, "kiosk", "pot", 2)]}), *SELECTION, "--exclude", MART)
    assert build(6, {}) == [("ALL", "2024-01-01")]
    assert query(of_january) == [(sold_by_both / 2,)]
