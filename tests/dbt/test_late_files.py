"""A file that comes late does not overrule what a newer one says, and still fills what no other says."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from raw_rows import deliver, query

from warehouse.builds import claim_batches, complete_build
from warehouse.dbt import run_dbt
from warehouse.settings import Settings

COMPANY = "corner_shop"
MODELS = ["stg_location_versions", "stg_locations", "dim_location", "stg_campaigns", "stg_inventory_snapshots"]

pytestmark = pytest.mark.integration


def build(business_date: date, *options: str) -> None:
    build_id = claim_batches(COMPANY, business_date)
    run_dbt(["run", "--select", *MODELS, *options], COMPANY, business_date, build_id)
    complete_build(build_id)


def shop(location: str, name: str, file_date: str, **changes: Any) -> dict[str, Any]:
    row = {"location_id": location, "location_name": name, "location_type": "store", "_file_date": file_date}
    return row | changes


def campaign(name: str, file_date: str, **changes: Any) -> dict[str, Any]:
    days = {"start_date": "2024-01-01", "end_date": "2024-02-01"}
    return {"campaign_id": "c1", "campaign_name": name, "_file_date": file_date} | days | changes


def stock(day: str, quantity: int, file_date: str) -> dict[str, Any]:
    place = {"location_id": "s1", "product_id": "tea", "stock_condition": "unrestricted", "uom": "EA"}
    return {"snapshot_date": day, "on_hand_quantity": quantity, "_file_date": file_date} | place


def test_late_files_take_their_place_in_time(empty_warehouse: Settings) -> None:
    deliver(
        COMPANY,
        "2024-01-10",
        {
            "locations": [shop("s1", "Newest", "2024-01-10"), shop("s2", "Stays", "2024-01-10")],
            "campaigns": [campaign("told late", "2024-01-10", updated_at="2024-01-03 00:00+00")],
            "inventory_snapshots": [stock("2024-01-01", 20, "2024-01-10")],
        },
    )
    build(date(2024, 1, 10))
    deliver(
        COMPANY,
        "2024-01-12",
        {
            "locations": [shop("s1", "Older", "2024-01-05"), shop("s3", "Only late", "2024-01-05")],
            # What the source itself says of its changes counts more than the date of a file.
            "campaigns": [campaign("changed later", "2024-01-05", updated_at="2024-01-04 00:00+00")],
            "inventory_snapshots": [stock("2024-01-01", 99, "2024-01-05"), stock("2024-01-02", 7, "2024-01-05")],
        },
    )
    for options in ((), ("--full-refresh",)):
        build(date(2024, 1, 12), *options)
        names = query("select location_id, location_name from staging.stg_locations order by 1")
        assert names == [("s1", "Newest"), ("s2", "Stays"), ("s3", "Only late")]
        assert query("select campaign_name from staging.stg_campaigns") == [("changed later",)]
        on_hand = query("select snapshot_date, on_hand_quantity from staging.stg_inventory_snapshots order by 1")
        assert on_hand == [(date(2024, 1, 1), 20), (date(2024, 1, 2), 7)]
        history = query(
            "select location_name, valid_from, is_current from core.dim_location where location_id = 's1' order by 2"
        )
        assert history == [("Older", date(1900, 1, 1), False), ("Newest", date(2024, 1, 10), True)]
    # The same file delivered again, changed, is newer than itself.
    deliver(COMPANY, "2024-01-13", {"locations": [shop("s1", "Corrected", "2024-01-10")]})
    build(date(2024, 1, 13))
    assert query("select location_name from staging.stg_locations where location_id = 's1'") == [("Corrected",)]
