"""The whole chain through Airflow's scheduler: extract files in, marts out, nothing left running."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from harness import Stack, temporary_stack

from stack.chain import CHAIN
from stack.runner import INTERRUPTED

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1800)]

COMPANY = os.environ.get("ORW_E2E_COMPANY", "journey")


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with temporary_stack() as stack:
        yield stack


def raw_counts(stack: Stack) -> dict[str, int]:
    tables = stack.query("select table_name from information_schema.tables where table_schema = 'raw' order by 1")
    counts = " union all ".join(f"select '{name}', count(*) from raw.{name}" for (name,) in tables)
    return dict(stack.query(counts))


def runs(stack: Stack) -> list[tuple[str, str]]:
    return stack.query("select dag_id, state from dag_run order by id", "airflow")  # type: ignore[return-value]


def test_first_run_fills_the_warehouse_through_the_scheduler(stack: Stack) -> None:
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
    assert stack.processes() == []
    assert sorted(runs(stack)) == sorted((dag_id, "success") for dag_id in CHAIN)
    assert sum(raw_counts(stack).values()) > 0
    for mart in ("mart_kpi_weekly", "mart_forecast_weekly", "mart_slow_movers"):
        assert stack.query(f"select count(*) from marts.{mart}")[0][0] > 0, mart
    assert "host 127.0.0.1" in output


def test_second_run_adds_no_raw_row(stack: Stack) -> None:
    before = raw_counts(stack)
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
    assert stack.processes() == []
    assert raw_counts(stack) == before
    assert sorted(runs(stack)) == sorted(2 * [(dag_id, "success") for dag_id in CHAIN])


def test_interrupted_run_leaves_nothing_behind_and_blocks_nothing(stack: Stack) -> None:
    process = stack.start("run", "--company", COMPANY)
    stack.wait_for("ingest_extracts: running", process)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED
    assert stack.processes() == []
    code, output = stack.run("run", "--company", COMPANY)
    assert code == 0, output
