"""One company alone, a year and more of it, and one new day: what is redone in part equals what is made anew whole.

Beside other companies a table may read more weeks than it says it needs, and one that reads too few stays hidden.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from raw_rows import deliver, query, sale
from table_contents import contents

from warehouse.builds import claim_batches, complete_build
from warehouse.layers import build_after_ml, build_layer
from warehouse.publish import publish
from warehouse.selections import LAYERS
from warehouse.settings import Settings

COMPANY = "corner_shop"
MONDAY = date(2023, 1, 2)
# More than the highest age of stock, 365 days.
WEEKS = 60
# A Sunday: the week that was open closes, and counts in all that trails.
NEW_DAY = MONDAY + timedelta(days=7 * WEEKS - 1)
PRODUCTS = ("tea", "pot", "mug")

Rows = dict[str, list[dict[str, Any]]]

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


def week_of(number: int) -> Rows:
    """Sales, stock and, now and then, goods of a week; sales fall and rise, so that every trailing sum moves."""
    monday = MONDAY + timedelta(days=7 * number)
    sales, stock, goods = [], [], []
    for place, product in enumerate(PRODUCTS, 1):
        sold = 1 + (number * place + number // 5) % 7
        sales.append(sale(f"t{number}{product}", str(monday + timedelta(days=place)), product, sold))
        stock.append(
            {
                "snapshot_date": str(monday),
                "location_id": "shop",
                "product_id": product,
                "stock_condition": "unrestricted",
                "on_hand_quantity": 3 + (number * 5 * place) % 23,
                "unit_cost": 1,
                "uom": "EA",
                "currency": "USD",
            }  # fmt: skip
        )
        if number % (4 * place) == 0:
            goods.append(
                {
                    "movement_id": f"m{number}{product}",
                    "movement_type": "receipt",
                    "movement_date": str(monday),
                    "moved_at": f"{monday} 06:00+00",
                    "product_id": product,
                    "to_location_id": "shop",
                    "quantity": 9,
                    "uom": "EA",
                }  # fmt: skip
            )
    return {"sales_lines": sales, "inventory_snapshots": stock, "stock_movements": goods}


def masters() -> Rows:
    products = [
        {
            "product_id": product, "product_name": product, "category_1": "kitchen", "uom": "EA", "status": "active",
            "standard_cost": 1, "list_price": 2, "currency": "USD", "is_stocked": True,
        }
        for product in PRODUCTS
    ]  # fmt: skip
    places = [{"location_id": "shop", "location_name": "Shop", "location_type": "store", "region": "north"}]
    return {"products": products, "locations": places}


def build(day: date) -> None:
    build_id = claim_batches(COMPANY, day)
    for layer in LAYERS:
        build_layer(layer, build_id, COMPANY, day)
    complete_build(build_id)
    build_after_ml(COMPANY, day)
    publish(COMPANY, day)


def test_a_new_day_equals_a_full_build(empty_warehouse: Settings) -> None:
    before = NEW_DAY - timedelta(days=1)
    rows = masters()
    for number in range(WEEKS):
        for entity, listed in week_of(number).items():
            rows.setdefault(entity, []).extend(listed)
    dated = {entity: [row | {"_file_date": before} for row in listed] for entity, listed in rows.items()}
    deliver(COMPANY, str(before), dated)
    build(before)
    new = {"sales_lines": [sale("last", str(NEW_DAY), "tea", 3, _file_date=NEW_DAY)]}
    deliver(COMPANY, str(NEW_DAY), new)
    build(NEW_DAY)
    week = NEW_DAY - timedelta(days=6)
    redone = "select distinct from_date from intermediate.int_planning_items_affected"
    assert query(redone) == [(week,)], "the open week alone"
    incremental = contents([COMPANY])[COMPANY]
    published = query(CONTENT)
    build_id = claim_batches(COMPANY, NEW_DAY)
    for layer in LAYERS:
        build_layer(layer, build_id, COMPANY, NEW_DAY, full_refresh=True)
    build_after_ml(COMPANY, NEW_DAY)
    full = contents([COMPANY])[COMPANY]
    differing = sorted(".".join(table) for table in full if incremental.get(table) != full[table])
    assert not differing
    assert published == query(CONTENT.replace("marts.", "marts_build."))


CONTENT = "select * from marts.mart_sku_indicators_weekly order by product_id, week_start_date"
