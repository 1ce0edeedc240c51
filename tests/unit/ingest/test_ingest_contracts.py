"""Contracts are read from the standard's YAML, and what raw cannot hold is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ingest.contracts import CONTRACTS_DIR, ContractError, Field, load_entities, load_entity
from ingest.holidays import CALENDAR_YEARS
from warehouse.settings import PROJECT_DIR

ENTITIES = {
    "budgets", "calendars", "campaigns", "competitor_prices", "customer_order_lines", "customers", "interactions",
    "inventory_snapshots", "lanes", "locations", "price_lists", "products", "promotions", "purchase_order_lines",
    "purchase_orders", "quotations", "receipts", "returns", "rfqs", "sales_lines", "shipments", "stock_lots",
    "stock_movements", "supplier_products", "suppliers", "web_events",
}  # fmt: skip


def fields_of(entity: str) -> dict[str, Field]:
    return {field.name: field for field in load_entities()[entity].fields}


def test_every_entity_has_a_contract_with_grain_and_descriptions() -> None:
    entities = load_entities()
    assert set(entities) == ENTITIES
    for entity in entities.values():
        assert entity.description.startswith("One row per")
        assert all(field.description for field in entity.fields)


def test_key_is_in_the_order_of_its_positions() -> None:
    assert load_entities()["inventory_snapshots"].key == (
        "snapshot_date",
        "location_id",
        "product_id",
        "stock_condition",
    )


def test_rules_of_a_field() -> None:
    share, customers = fields_of("supplier_products")["share_pct"], fields_of("customers")
    assert (share.minimum, share.maximum, share.unit, share.physical_type) == (0, 1, "ratio", "numeric(18,6)")
    assert fields_of("stock_movements")["quantity"].exclusive_minimum == 0
    assert fields_of("suppliers")["status"].vocabulary == ("active", "inactive", "blocked")
    assert customers["email"].is_personal
    assert not customers["region"].is_personal
    assert customers["country_code"].pattern == "^[A-Z]{2}$"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("physicalType: date\n", "physicalType: money\n", r"bad.yaml: start_date: physicalType 'money'"),
        ("primaryKey: true", "primaryKey: false", "bad.yaml: no property is marked primaryKey"),
        ("schema:", "schemas:", "(?s)bad.yaml: .*schemas"),
        ("kind: DataContract", "kind: [", "bad.yaml: not a contract"),
    ],
    ids=["type", "key", "schema", "yaml"],
)
def test_unusable_contract_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (CONTRACTS_DIR / "campaigns.yaml").read_text()
    assert old in text
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ContractError, match=message):
        load_entity(path)


def test_days_of_facts_lie_within_the_calendar() -> None:
    project = yaml.safe_load((PROJECT_DIR / "dbt_project/dbt_project.yml").read_text())["vars"]
    calendar = (project["calendar_start_date"], project["calendar_end_date"])
    days = {
        ("budgets", "budget_month"), ("calendars", "calendar_date"), ("competitor_prices", "seen_date"),
        ("customer_order_lines", "delivered_date"), ("customer_order_lines", "order_date"),
        ("customer_order_lines", "promised_date"), ("customer_order_lines", "shipped_date"),
        ("inventory_snapshots", "snapshot_date"), ("price_lists", "valid_from"), ("purchase_orders", "order_date"),
        ("quotations", "quoted_date"), ("receipts", "received_date"), ("returns", "return_date"),
        ("rfqs", "due_date"), ("rfqs", "sent_date"), ("sales_lines", "sale_date"), ("shipments", "delivered_date"),
        ("shipments", "promised_date"), ("shipments", "shipped_date"), ("stock_lots", "snapshot_date"),
        ("stock_movements", "movement_date"), ("web_events", "event_date"),
    }  # fmt: skip
    for entity, name in days:
        field = fields_of(entity)[name]
        assert (field.minimum, field.maximum) == calendar, (entity, name)
    assert (f"{CALENDAR_YEARS[0]}-01-01", f"{CALENDAR_YEARS[-1]}-12-31") == calendar
