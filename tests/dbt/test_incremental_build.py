"""An incremental build equals a full one, after late, corrected, moved and deleted rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build
from warehouse.dbt import run_dbt
from warehouse.layers import BUILD
from warehouse.settings import Settings

COMPANY = "corner_shop"
COSTS = "select transaction_id, cost_amount from core.fct_sales_lines order by 1"
STOCK_VALUES = """
select inventory_date::text, on_hand_amount from core.fct_inventory_daily where inventory_date < '2024-01-04' order by 1
"""
PROMOTED = """
select transaction_id, promotions.promotion_id
from core.fct_sales_lines inner join core.dim_promotion as promotions using (promotion_key) where promotion_key <> -1
"""
FACTS = (
    "fct_sales_lines", "fct_sales_daily", "fct_inventory_daily", "fct_stock_movements", "fct_demand_weekly",
    "fct_web_events_daily", "fct_web_sessions", "fct_competitor_prices_daily", "fct_stock_lots",
)  # fmt: skip

pytestmark = pytest.mark.integration


def build(business_date: date, *options: str, command: tuple[str, ...] = ("run",)) -> None:
    build_id = claim_batches(COMPANY, business_date)
    run_dbt([*command, "--selector", "core", *options], COMPANY, business_date, build_id)
    complete_build(build_id)


def hashes() -> dict[str, str]:
    return {
        fact: query(f"select md5(string_agg(t::text, E'\\n' order by t::text)) from core.{fact} as t")[0][0]
        for fact in FACTS
    }


def product(product_id: str, name: str, **changes: Any) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "product_name": name,
        "uom": "EA",
        "status": "active",
        "is_stocked": True,
        "standard_cost": 1,
    } | changes


def stock(day: str, quantity: int) -> dict[str, Any]:
    return {
        "snapshot_date": day,
        "location_id": "shop",
        "product_id": "tea",
        "stock_condition": "unrestricted",
        "on_hand_quantity": quantity,
        "uom": "EA",
    }


def event(event_id: str, day: str, product_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "occurred_at": f"{day} 12:00+00",
        "event_date": day,
        "event_type": "view",
        "session_id": f"session of {day}",
        "channel": "online",
        "product_id": product_id,
    } | changes


def seen(day: str, product_id: str, price: int, **changes: Any) -> dict[str, Any]:
    return {
        "competitor_id": "rival",
        "product_id": product_id,
        "seen_at": f"{day} 12:00+00",
        "seen_date": day,
        "price": price,
        "currency": "USD",
    } | changes


def lot(day: str, lot_id: str, quantity: int, **changes: Any) -> dict[str, Any]:
    return {
        "snapshot_date": day,
        "location_id": "shop",
        "product_id": "tea",
        "lot_id": lot_id,
        "on_hand_quantity": quantity,
        "uom": "EA",
    } | changes


def test_late_corrected_moved_and_deleted_rows_reach_their_days(empty_warehouse: Settings) -> None:
    shop = {"location_id": "shop", "location_name": "Shop", "location_type": "store"}
    deliver(
        COMPANY,
        "2024-01-10",
        {
            "locations": [shop],
            "products": [product("tea", "Tea", updated_at="2023-12-01 00:00+00")],
            "sales_lines": [
                sale("early", "2023-11-20", "tea", 1, promotion_id="cheap"),
                sale("moved", "2024-01-01", "tea", 2),
                sale("deleted", "2024-01-02", "tea", 3),
                sale("stranger", "2024-01-02", "cup", 1),
            ],
            "inventory_snapshots": [stock("2024-01-01", 20), stock("2024-01-03", 15)],
            "stock_movements": [
                {
                    "movement_id": "m1",
                    "moved_at": "2024-01-03 08:00+00",
                    "movement_date": "2024-01-03",
                    "product_id": "tea",
                    "to_location_id": "shop",
                    "movement_type": "receipt",
                    "quantity": 5,
                    "uom": "EA",
                }
            ],
            "web_events": [
                event("stays", "2024-01-01", "tea"),
                event("moves", "2024-01-01", "tea"),
                event("leaves", "2024-01-02", "cup", customer_id="ann"),
            ],
            "competitor_prices": [seen("2024-01-01", "tea", 3), seen("2024-01-02", "cup", 5)],
            "stock_lots": [lot("2024-01-01", "a", 12), lot("2024-01-01", "b", 8)],
        },
    )
    build(date(2024, 1, 10))
    assert query("select product_id, product_key = -1 from core.fct_competitor_prices_daily order by 1") == [
        ("cup", True),
        ("tea", False),
    ]
    assert query("select product_key from core.fct_sales_lines where product_id = 'cup'") == [(-1,)]
    assert query("select count(*), sum(net_amount) from core.fct_sales_lines") == [(4, 14)]
    assert query("select distinct promotion_key from core.fct_sales_lines") == [(-1,)]

    deliver(COMPANY, "2024-01-10", {"sales_lines": [sale("refused", "2024-01-02", "tea", 999)]}, status="rejected")
    deliver(
        COMPANY,
        "2024-01-12",
        {
            "products": [
                product("cup", "Cup"),
                product("tea", "Green tea", updated_at="2024-01-02 00:00+00", standard_cost=3),
            ],
            "promotions": [
                {
                    "promotion_id": "cheap",
                    "product_id": "tea",
                    "location_id": "ALL",
                    "mechanic": "discount",
                    "start_date": "2023-11-20",
                    "end_date": "2023-11-20",
                }
            ],
            "sales_lines": [
                sale("moved", "2024-01-05", "tea", 2),
                sale("deleted", "2024-01-02", "tea", 3, is_deleted=True),
                sale("late", "2024-01-01", "tea", 4),
            ],
            "inventory_snapshots": [stock("2024-01-03", 14)],
            "web_events": [
                event("moves", "2024-01-05", "tea", event_type="cart"),
                event("leaves", "2024-01-02", "cup", is_deleted=True),
            ],
            "competitor_prices": [seen("2024-01-01", "tea", 3, is_deleted=True), seen("2023-12-31", "tea", 4)],
            "stock_lots": [lot("2024-01-01", "b", 8, is_deleted=True), lot("2024-01-01", "c", 7)],
        },
    )
    build(date(2024, 1, 12))

    assert query("select event_date::text, view_count, cart_count from core.fct_web_sessions order by 1") == [
        ("2024-01-01", 1, 0),
        ("2024-01-05", 0, 1),
    ]
    priced = query(
        "select seen_date::text, price::int, product_key = -1 from core.fct_competitor_prices_daily order by 1"
    )
    assert priced == [("2023-12-31", 4, False), ("2024-01-02", 5, False)]
    assert query("select lot_id, on_hand_quantity::int from core.fct_stock_lots order by 1") == [("a", 12), ("c", 7)]

    per_day = query("select sale_date::text, product_id, sold_quantity from core.fct_sales_daily order by 1, 2")
    assert per_day == [
        ("2023-11-20", "tea", 1),
        ("2024-01-01", "tea", 4),
        ("2024-01-02", "cup", 1),
        ("2024-01-05", "tea", 2),
    ]
    # The product that was unknown when it sold is known now, and the line of 5 January has the new version.
    names = query(
        """
        select lines.transaction_id, products.product_name
        from core.fct_sales_lines as lines inner join core.dim_product as products using (product_key) order by 1
        """
    )
    assert names == [
        ("early", "Tea"),
        ("late", "Tea"),
        ("moved", "Green tea"),
        ("stranger", "Cup"),
    ]
    assert query(PROMOTED) == [("early", "cheap")]
    assert query(COSTS) == [("early", 1), ("late", 4), ("moved", 6), ("stranger", 1)]
    on_hand = query("select inventory_date::text, on_hand_quantity from core.fct_inventory_daily order by 1")
    assert on_hand[:3] == [("2024-01-01", 20), ("2024-01-02", 20), ("2024-01-03", 14)]
    assert on_hand[-1] == ("2024-01-12", 14)

    incremental = hashes()
    build(date(2024, 1, 12), "--full-refresh")
    assert hashes() == incremental

    # What tea cost in November comes late, and its cost since 2 January is corrected within the day; no sale comes.
    deliver(
        COMPANY,
        "2024-01-13",
        {
            "products": [
                product("tea", "Tea", updated_at="2023-11-01 00:00+00", standard_cost=5),
                product("tea", "Green tea", updated_at="2024-01-02 09:00+00", standard_cost=4),
            ]
        },
    )
    # With the tests that a build of a run has.
    build(date(2024, 1, 13), command=BUILD)
    assert query(COSTS) == [("early", 5), ("late", 4), ("moved", 8), ("stranger", 1)]
    assert query(STOCK_VALUES) == [("2024-01-01", 20), ("2024-01-02", 80), ("2024-01-03", 56)]
    incremental = hashes()
    build(date(2024, 1, 13), "--full-refresh")
    assert hashes() == incremental
