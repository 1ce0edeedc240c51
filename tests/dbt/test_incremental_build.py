"""An incremental build equals a full one, after late, corrected, moved and deleted rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from raw_rows import deliver, query, sale

from warehouse.builds import claim_batches, complete_build
from warehouse.dbt import run_dbt
from warehouse.settings import Settings

COMPANY = "corner_shop"
FACTS = ("fct_sales_lines", "fct_sales_daily", "fct_inventory_daily", "fct_stock_movements", "fct_demand_weekly")

pytestmark = pytest.mark.integration


def build(business_date: date, *options: str) -> None:
    build_id = claim_batches(COMPANY, business_date)
    run_dbt(["build", "--selector", "core", *options], COMPANY, business_date, build_id)
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


def test_late_corrected_moved_and_deleted_rows_reach_their_days(empty_warehouse: Settings) -> None:
    shop = {"location_id": "shop", "location_name": "Shop", "location_type": "store"}
    deliver(
        COMPANY,
        "2024-01-10",
        {
            "locations": [shop],
            "products": [product("tea", "Tea", updated_at="2023-12-01 00:00+00")],
            "sales_lines": [
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
        },
    )
    build(date(2024, 1, 10))
    assert query("select product_key from core.fct_sales_lines where product_id = 'cup'") == [(-1,)]
    assert query("select count(*), sum(net_amount) from core.fct_sales_lines") == [(3, 12)]

    deliver(COMPANY, "2024-01-10", {"sales_lines": [sale("refused", "2024-01-02", "tea", 999)]}, status="rejected")
    deliver(
        COMPANY,
        "2024-01-12",
        {
            "products": [product("cup", "Cup"), product("tea", "Green tea", updated_at="2024-01-02 00:00+00")],
            "sales_lines": [
                sale("moved", "2024-01-05", "tea", 2),
                sale("deleted", "2024-01-02", "tea", 3, is_deleted=True),
                sale("late", "2024-01-01", "tea", 4),
            ],
            "inventory_snapshots": [stock("2024-01-03", 14)],
        },
    )
    build(date(2024, 1, 12))

    per_day = query("select sale_date::text, product_id, sold_quantity from core.fct_sales_daily order by 1, 2")
    assert per_day == [("2024-01-01", "tea", 4), ("2024-01-02", "cup", 1), ("2024-01-05", "tea", 2)]
    # The product that was unknown when it sold is known now, and the line of 5 January has the new version.
    names = query(
        """
        select lines.transaction_id, products.product_name
        from core.fct_sales_lines as lines inner join core.dim_product as products using (product_key) order by 1
        """
    )
    assert names == [("late", "Tea"), ("moved", "Green tea"), ("stranger", "Cup")]
    on_hand = query("select inventory_date::text, on_hand_quantity from core.fct_inventory_daily order by 1")
    assert on_hand[:3] == [("2024-01-01", 20), ("2024-01-02", 20), ("2024-01-03", 14)]
    assert on_hand[-1] == ("2024-01-12", 14)

    incremental = hashes()
    build(date(2024, 1, 12), "--full-refresh")
    assert hashes() == incremental
