"""The drawn extracts of journey, as companies/journey maps them: each entity arrives as the truth file says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest.load import load_company
from samples.journey.landing import generate
from samples.journey.source import SourceMissingError, data_dir
from warehouse.connection import Role, connect
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

THROUGH = date(2017, 2, 8)
SOURCES = ("erp", "tms", "desk", "market", "web")
ENTITIES = {
    "budgets", "calendars", "competitor_prices", "lanes", "price_lists", "quotations", "returns", "rfqs", "shipments",
    "stock_lots", "web_events",
}  # fmt: skip
LATEST = "order by {key}, updated_at desc nulls last, _file_date desc, _batch_id desc"


@pytest.fixture(scope="module")
def drawn(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Load the sources without real data; what was drawn for them."""
    try:
        data_dir()
    except SourceMissingError as error:
        pytest.skip(str(error))
    truth = tmp_path_factory.mktemp("truth") / "journey.json"
    generate(warehouse.landing_dir / "journey", truth, seed=7, through=THROUGH, products=30)
    for source in SOURCES:
        report = load_company("journey", THROUGH, source)
        assert report.refused == []
        bad = {name: counts for name, counts in report.entities.items() if counts.rows_quarantined}
        assert bad == {}
    yield json.loads(Path(truth).read_text())["drawn"]
    with connect(Role.OWNER) as connection:
        tables = connection.execute("select tablename from pg_tables where schemaname = 'raw'").fetchall()
        for (table,) in tables:
            connection.execute(f'delete from raw."{table}" where company_id = %s', ["journey"])  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def connection(drawn: dict[str, Any]) -> Iterator[psycopg.Connection]:
    with connect(Role.TRANSFORMER) as opened:
        yield opened


def newest(
    connection: psycopg.Connection, entity: str, key: str, columns: str, after: str = ""
) -> list[tuple[Any, ...]]:
    """Select from the newest version of each key, tombstones left out."""
    versions = f"select distinct on ({key}) * from raw.{entity} where company_id = 'journey' {LATEST.format(key=key)}"
    query = f"select {columns} from ({versions}) as v where not coalesce(is_deleted, false) {after}"
    return connection.execute(query).fetchall()  # type: ignore[arg-type]


def test_every_drawn_entity_arrives(connection: psycopg.Connection) -> None:
    found = connection.execute("select distinct entity from ops.load_ledger where company_id = 'journey'").fetchall()
    assert {entity for (entity,) in found} >= ENTITIES
    empty = {
        entity
        for entity in ENTITIES
        if not connection.execute(f"select 1 from raw.{entity} where company_id = 'journey' limit 1").fetchall()  # type: ignore[arg-type]
    }
    assert empty == set()


def test_returns_stand_without_what_was_a_mistake(drawn: dict[str, Any], connection: psycopg.Connection) -> None:
    truth = drawn["returns"]
    columns = "count(*), sum(quantity)::int, (100 * sum(refund_amount))::int"
    assert newest(connection, "returns", "return_id, line_number", columns) == [
        (truth["lines"], truth["units"], truth["refunded_cents"])
    ]
    delivered = connection.execute(
        "select count(distinct (return_id, line_number)), count(*) filter (where is_deleted) from raw.returns "
        "where company_id = 'journey'"
    ).fetchone()
    assert delivered == (truth["lines"] + truth["deleted_lines"], truth["deleted_lines"])


def test_web_events_arrive_once_each(drawn: dict[str, Any], connection: psycopg.Connection) -> None:
    counts = newest(connection, "web_events", "event_id", "event_type, count(*)", "group by 1")
    assert dict(counts) == drawn["web_events"]["events"]
    days = newest(connection, "web_events", "event_id", "min(event_date), max(event_date)")
    assert days == [(date(2017, 1, 1), THROUGH)]
    sessions = newest(
        connection,
        "web_events",
        "event_id",
        "device, count(distinct session_id), count(distinct transaction_id)",
        "group by 1",
    )
    assert {d: {"sessions": s, "orders": o} for d, s, o in sessions} == drawn["web_events"]["sessions"]


def test_shipments_and_prices_count_as_drawn(drawn: dict[str, Any], connection: psycopg.Connection) -> None:
    columns = (
        "count(*), count(*) filter (where status = 'delivered'), count(*) filter (where is_damaged), "
        "count(*) filter (where delivered_date > promised_date)"
    )
    truth = drawn["shipments"]
    assert newest(connection, "shipments", "shipment_id", columns) == [
        (truth["shipments"], truth["delivered"], truth["damaged"], truth["late"])
    ]
    seen = newest(connection, "competitor_prices", "competitor_id, product_id, seen_at", "count(*)")
    assert seen == [(drawn["competitor_prices"]["observations"],)]
    asked = newest(connection, "rfqs", "rfq_id, product_id, supplier_id", "count(*)")
    assert asked == [(drawn["quotations"]["requests"],)]


def test_lots_add_up_to_the_stock_of_their_sunday(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        """
        with lots as (
            select snapshot_date, location_id, product_id, sum(on_hand_quantity) as quantity
            from raw.stock_lots where company_id = 'journey' group by 1, 2, 3
        )
        select count(*), count(*) filter (where lots.quantity is distinct from stock.on_hand_quantity)
        from lots full join (
            select * from raw.inventory_snapshots
            where company_id = 'journey' and on_hand_quantity > 0 and extract(isodow from snapshot_date) = 7
        ) as stock using (snapshot_date, location_id, product_id)
        """
    ).fetchall()
    assert rows[0][0] > 500
    assert rows[0][1] == 0
