"""Which batches a build takes, and what dbt's results leave in the warehouse, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from ingest.status import read_status
from stack import report, result
from stack.chain import Chain
from warehouse import builds
from warehouse.batches import latest_accepted, latest_business_date, refused_files
from warehouse.builds import (
    MODELS_CHANGED,
    NOTHING_COMPLETE,
    claim_batches,
    complete_build,
    full_refresh_reason,
    is_up_to_date,
    start_build,
    unbuilt_batches,
)
from warehouse.connection import Role, connect
from warehouse.outcomes import record_results
from warehouse.settings import Settings

pytestmark = pytest.mark.integration

COMPANY = "build_test"
DAY = date(2017, 12, 31)


@pytest.fixture
def connection(warehouse: Settings) -> Iterator[psycopg.Connection]:
    with connect(Role.OWNER, autocommit=True) as connection:
        yield connection
        for table in ("ops.load_ledger", "ops.quarantine", "ops.dbt_results", "ops.batches"):
            connection.execute(f"delete from {table} where company_id = %s", [COMPANY])  # type: ignore[arg-type]
        connection.execute("delete from ops.builds")


def add_batch(connection: psycopg.Connection, status: str, day: date = DAY) -> int:
    row = connection.execute(
        "insert into ops.batches (company_id, business_date, gate_status) values (%s, %s, %s) returning batch_id",
        [COMPANY, day, status],
    ).fetchone()
    assert row
    return int(row[0])


def add_and_claim(connection: psycopg.Connection) -> str:
    add_load(connection, add_batch(connection, "passed"), 10)
    return claim_batches(COMPANY, DAY)


def build(build_id: str) -> None:
    start_build(build_id)
    complete_build(build_id)


def batches_of(connection: psycopg.Connection, build_id: str) -> list[int]:
    rows = connection.execute("select batch_id from ops.batches where build_id = %s order by 1", [build_id]).fetchall()
    return [row[0] for row in rows]


def test_build_takes_accepted_batches_up_to_its_date(connection: psycopg.Connection) -> None:
    passed = add_batch(connection, "passed", date(2017, 12, 30))
    released = add_batch(connection, "released")
    for status in ("pending", "rejected"):
        add_batch(connection, status)
    add_batch(connection, "passed", date(2018, 1, 1))
    build_id = claim_batches(COMPANY, DAY)
    assert build_id == f"{COMPANY}@2017-12-31/{released}"
    assert batches_of(connection, build_id) == [passed, released]


def test_failed_build_is_taken_up_again_and_a_finished_one_is_not(connection: psycopg.Connection) -> None:
    first = add_batch(connection, "passed")
    assert claim_batches(COMPANY, DAY) == claim_batches(COMPANY, DAY)
    second = add_batch(connection, "passed")
    build_id = claim_batches(COMPANY, DAY)
    assert batches_of(connection, build_id) == [first, second]
    assert complete_build(build_id) == 2
    assert complete_build(build_id) == 0
    assert claim_batches(COMPANY, DAY) == f"{COMPANY}@2017-12-31/none"
    assert batches_of(connection, build_id) == [first, second]


def add_load(connection: psycopg.Connection, batch_id: int, rows: int) -> None:
    connection.execute(
        """
        insert into ops.load_ledger (
            batch_id, company_id, source_system, entity, source_file, content_sha256, status, rows_loaded, seconds,
            business_date
        ) values (%s, %s, 'till', 'sales_lines', 'sales.csv', %s, 'loaded', %s, 0, %s)
        """,
        [batch_id, COMPANY, f"content of batch {batch_id}", rows, DAY],
    )


def test_build_is_skipped_only_when_nothing_it_is_made_from_changed(connection: psycopg.Connection) -> None:
    first = add_batch(connection, "passed")
    add_load(connection, first, 10)
    build_id = claim_batches(COMPANY, DAY)
    assert not is_up_to_date(build_id), "its batch brought rows"
    start_build(build_id)
    complete_build(build_id)

    add_load(connection, add_batch(connection, "passed"), 0)
    empty = claim_batches(COMPANY, DAY)
    assert is_up_to_date(empty), "a batch without rows on the same date changes nothing"

    connection.execute("insert into ops.policies values (%s, 'stock.overstock_cover_days', '60')", [COMPANY])
    assert not is_up_to_date(empty), "a threshold changed"
    connection.execute("delete from ops.policies where company_id = %s", [COMPANY])
    assert is_up_to_date(empty)

    add_batch(connection, "passed", date(2018, 1, 1))
    assert not is_up_to_date(empty), "the business date moved on"


def test_a_build_that_broke_off_leaves_nothing_up_to_date(connection: psycopg.Connection) -> None:
    build(add_and_claim(connection))
    empty = claim_batches(COMPANY, DAY)
    assert is_up_to_date(empty)
    complete_build(empty)
    assert is_up_to_date(empty), "a build with nothing to do is no build"
    start_build("broken off")
    assert not is_up_to_date(empty)


def test_changed_models_ask_for_a_full_refresh_until_one_is_complete(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def models(version: str) -> None:
        monkeypatch.setattr(builds, "models_fingerprint", lambda: version)

    models("first")
    assert full_refresh_reason() == NOTHING_COMPLETE
    build("a")
    assert full_refresh_reason() is None
    start_build("b")
    assert full_refresh_reason() is None, "a build of the same models broke off"

    models("second")
    assert full_refresh_reason() == MODELS_CHANGED
    start_build("c")
    assert full_refresh_reason() == MODELS_CHANGED, "the second layer of the same build"
    models("first")
    assert full_refresh_reason() == MODELS_CHANGED, "the build of other models broke off, and left its tables"
    build("d")
    assert full_refresh_reason() is None


def test_build_of_everything_completes_the_accepted_batches_it_found(connection: psycopg.Connection) -> None:
    others = unbuilt_batches()
    accepted = [add_batch(connection, "passed"), add_batch(connection, "released", date(2018, 1, 1))]
    refused = add_batch(connection, "rejected")
    claimed = claim_batches(COMPANY, DAY)
    found = unbuilt_batches()
    assert found == [*others, *accepted]
    assert batches_of(connection, claimed) == accepted[:1], "another build may still be taken up again"
    later = add_batch(connection, "passed")

    assert complete_build("everything", accepted) == 2
    assert batches_of(connection, "everything") == accepted
    assert unbuilt_batches() == [*others, later]
    assert complete_build(claimed) == 0, "nothing is left for the build that had claimed one of them"
    assert connection.execute(
        "select built_at, build_id from ops.batches where batch_id = %s", [refused]
    ).fetchone() == (
        None,
        None,
    )


def test_companies_do_not_take_each_others_batches(connection: psycopg.Connection) -> None:
    add_batch(connection, "passed")
    assert claim_batches("another", DAY) == "another@2017-12-31/none"


def test_refused_files_are_those_of_the_last_batch(connection: psycopg.Connection) -> None:
    for batch_id, file in ((add_batch(connection, "passed"), "old.csv"), (add_batch(connection, "passed"), "new.csv")):
        for status, name in (("refused", file), ("loaded", "good.csv")):
            connection.execute(
                "insert into ops.load_ledger (batch_id, company_id, source_system, entity, source_file, "
                "content_sha256, status, message, seconds, business_date) "
                "values (%s, %s, 'erp', 'receipts', %s, %s, %s, 'truncated', 0, %s)",
                [batch_id, COMPANY, name, f"content of batch {batch_id}", status, DAY],
            )
    assert refused_files(COMPANY, DAY) == [("new.csv", "receipts", "truncated")]
    assert refused_files(COMPANY, date(2017, 12, 30)) == []


def test_file_that_two_attempts_refused_is_told_once(connection: psycopg.Connection) -> None:
    batch_id = add_batch(connection, "passed")
    attempts = [("a.csv", "v1", "cut off"), ("b.csv", None, "no table"), ("a.csv", "v1", "truncated")]
    for file, content, message in [*attempts, ("b.csv", None, "no answer"), ("a.csv", "v2", "no header")]:
        connection.execute(
            "insert into ops.load_ledger (batch_id, company_id, source_system, entity, source_file, content_sha256, "
            "status, message, seconds, business_date) values (%s, %s, 'erp', 'receipts', %s, %s, 'refused', %s, 0, %s)",
            [batch_id, COMPANY, file, content, message, DAY],
        )
    # A file of other content is another file, and what could not be read at all goes by its name.
    files = [("a.csv", "no header"), ("a.csv", "truncated"), ("b.csv", "no answer")]
    assert sorted((file, reason) for file, _, reason in refused_files(COMPANY, DAY)) == files
    assert sorted(report.reasons(Chain(COMPANY, DAY, {}))) == [
        f"refused file {file} (receipts): {reason}" for file, reason in files
    ]
    told = connection.execute(result.BATCH, {"company": COMPANY, "day": DAY}).fetchone()
    assert told
    assert told[3] == 3
    tables = read_status(COMPANY)
    assert sorted(row[3:] for row in tables["Refused files, newest first"][1]) == files
    assert [row[4] for row in tables["Files and rows by entity"][1]] == [3]


def test_quarantine_is_told_in_rows(connection: psycopg.Connection) -> None:
    batch_id = add_batch(connection, "passed")
    broken = [("a.csv", 1, "type"), ("a.csv", 1, "minimum"), ("a.csv", 1, "maximum"), ("b.csv", 1, "type")]
    for file, row, rule in broken:
        connection.execute(
            "insert into ops.quarantine (batch_id, company_id, source_system, entity, source_file, row_number, rule, "
            "reason) values (%s, %s, 'till', 'sales_lines', %s, %s, %s, 'is no number')",
            [batch_id, COMPANY, file, row, rule],
        )
    assert report.reasons(Chain(COMPANY, DAY, {})) == [
        "sales_lines: 2 rows in quarantine, by type (2), maximum (1), minimum (1), first: a.csv"
    ]
    names, rows = read_status(COMPANY)["Quarantine by reason (a row may break several rules)"]
    assert [dict(zip(names, row, strict=True))["times"] for row in rows] == [2, 1, 1]


def test_latest_business_date_is_of_an_accepted_batch(connection: psycopg.Connection) -> None:
    with pytest.raises(LookupError, match="make run COMPANY=build_test"):
        latest_business_date(COMPANY)
    add_batch(connection, "passed", date(2017, 12, 30))
    add_batch(connection, "rejected", DAY)
    assert latest_business_date(COMPANY) == date(2017, 12, 30)
    assert latest_accepted(COMPANY) == (COMPANY, date(2017, 12, 30))
    # Docs are of all companies: one without a batch gets the last one of another.
    assert latest_accepted("nobody")[1] >= date(2017, 12, 30)


def test_results_of_models_tests_and_sources_are_recorded(connection: psycopg.Connection) -> None:
    artifact = {
        "metadata": {"invocation_id": "run-1"},
        "results": [
            {
                "unique_id": "model.p.dim_date",
                "status": "success",
                "execution_time": 1.5,
                "adapter_response": {"rows_affected": 7305},
                "failures": None,
                "message": "SELECT 7305",
            },
            {"unique_id": "test.p.unique_key", "status": "fail", "execution_time": 0.1, "failures": 2, "message": "2"},
            {"unique_id": "source.p.raw.receipts", "status": "runtime error", "error": "no such table"},
        ],
    }
    record_results(artifact, COMPANY, DAY)
    rows = connection.execute(
        "select resource_type, status, seconds::float, rows_affected, failures, message from ops.dbt_results "
        "where company_id = %s and invocation_id = 'run-1' order by result_id",
        [COMPANY],
    ).fetchall()
    assert rows == [
        ("model", "success", 1.5, 7305, None, "SELECT 7305"),
        ("test", "fail", 0.1, None, 2, "2"),
        ("source", "runtime error", 0.0, None, None, "no such table"),
    ]
