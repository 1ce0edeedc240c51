"""Refreshes during the day, whole loads and builds of a company: never two at a time, and none is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, TimeoutError
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ingest import load
from warehouse import batches
from warehouse.builds import claim_batches, complete_build
from warehouse.connection import Role, connect
from warehouse.settings import Settings, get_settings

pytestmark = pytest.mark.integration

COMPANY = "lock_test"
DAY = date(2024, 3, 1)
SOURCES = """\
company: {name: Lock Test, currency: USD, timezone: UTC, country: US}
sources:
  till:
    location: ${LANDING}
    feeds:
      - entity: products
        files: items.csv
        columns: {product_id: ITEM, product_name: NAME, uom: {constant: EA}, status: {constant: active}}
"""


@pytest.fixture
def connection(warehouse: Settings, tmp_path: Path) -> Iterator[psycopg.Connection]:
    (tmp_path / COMPANY).mkdir()
    (tmp_path / COMPANY / "sources.yml").write_text(SOURCES)
    (tmp_path / COMPANY / "policy.yml").write_text("{}")
    with pytest.MonkeyPatch.context() as patch, connect(Role.OWNER, autocommit=True) as connection:
        patch.setenv("ORW_COMPANIES_DIR", str(tmp_path))
        get_settings.cache_clear()
        yield connection
        for table in ("batches", "policies", "companies", "publications"):
            connection.execute(f"delete from ops.{table} where company_id = %s", [COMPANY])  # type: ignore[arg-type]
    get_settings.cache_clear()


def add_batch(connection: psycopg.Connection, status: str, finished_at: str | None) -> int:
    row = connection.execute(
        "insert into ops.batches (company_id, business_date, gate_status, finished_at) values (%s, %s, %s, %s) "
        "returning batch_id",
        [COMPANY, DAY, status, finished_at],
    ).fetchone()
    assert row
    return int(row[0])


def may_refresh() -> bool:
    with batches.refreshing(COMPANY) as may_work:
        return may_work


@pytest.mark.parametrize("step", [load.open_batch, claim_batches])
@pytest.mark.usefixtures("connection")
def test_whole_runs_wait_for_a_refresh_at_work(step: Callable[..., Any]) -> None:
    with ThreadPoolExecutor() as others:
        with batches.refreshing(COMPANY) as may_work:
            assert may_work
            assert not may_refresh(), "one at a time"
            with batches.refreshing("another") as other_may_work:
                assert other_may_work
            assert load.open_batch(COMPANY, DAY, is_refresh=True)
            waiting = others.submit(step, COMPANY, DAY)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
        assert waiting.result(timeout=60)


def test_a_refresh_stands_back_while_somebody_loads(connection: psycopg.Connection) -> None:
    assert may_refresh()
    batch = load.open_batch(COMPANY, DAY)
    assert not may_refresh()
    connection.execute("update ops.batches set finished_at = now() where batch_id = %s", [batch])
    assert may_refresh()


def test_a_refresh_stands_back_until_a_run_is_published(connection: psycopg.Connection) -> None:
    def publish(*, is_partial: bool = False) -> None:
        connection.execute(
            "insert into ops.publications (company_id, business_date, is_partial, project_fingerprint, batches, "
            "company, policies, model_statuses) values (%s, %s, %s, '', '{}', '{}', '{}', '{}')",
            [COMPANY, DAY, is_partial],
        )

    publish()
    add_batch(connection, "passed", "2024-03-01")
    assert may_refresh(), "no run has claimed it"
    build_id = claim_batches(COMPANY, DAY)
    assert not may_refresh(), "its tests may fail"
    complete_build(build_id)
    assert not may_refresh(), "its forecasts may fail"
    publish(is_partial=True)
    assert not may_refresh()
    publish()
    assert may_refresh()


def test_a_batch_that_is_through_is_never_rejected(connection: psycopg.Connection) -> None:
    for status in ("passed", "released"):
        batch = add_batch(connection, status, "2024-03-01")
        with pytest.raises(batches.BatchError, match=f"batch {batch} is {status} already"):
            batches.set_gate_status(batch, "rejected", "too late")
        found = connection.execute("select gate_status from ops.batches where batch_id = %s", [batch]).fetchone()
        assert found == (status,)
