"""Pulls that break off, batches that are rejected, rows that break the contract, tables that come back empty."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from source_tables import Table, feed, later, newest, sqlite_table

from ingest import indexes, records
from warehouse import batches

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

MARKS = (
    "select status, is_partial, rows_loaded from ops.load_ledger where company_id = %(company)s "
    "and mark_to is not null order by load_id"
)
# Kills itself as the server has taken the rows in, before their transaction ends.
KILLED = """
import os, signal, sys
from datetime import date
from ingest import load, records
records.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
load.load_company(sys.argv[1], date(2024, 3, 1))
"""


@pytest.fixture
def source(shop: Shop, tmp_path: Path) -> Table:
    table = sqlite_table(tmp_path)
    shop.configure(feed(), database=table.url)
    table.put("c1", changed=later(hours=-3))
    return table


def loaded(shop: Shop, **options: Any) -> int:
    report = shop.load(**options)
    assert report.refused == []
    return report.entities["campaigns"].rows_loaded


def test_pull_that_breaks_off_before_its_commit_moves_nothing(
    shop: Shop, source: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(shop)
    source.put("c2")

    def fail(*_: Any) -> None:
        raise ConnectionResetError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(records, "record", fail)
        with pytest.raises(ConnectionResetError):
            shop.load()
    assert shop.rows(MARKS) == [("loaded", False, 1)]
    assert set(newest(shop)) == {"c1"}
    assert loaded(shop) == 1
    assert newest(shop) == source.names()


def test_pull_that_is_killed_moves_nothing(shop: Shop, source: Table) -> None:
    loaded(shop)
    source.put("c2")
    dead = subprocess.run([sys.executable, "-c", KILLED, shop.company_id], check=False)
    assert dead.returncode == -9
    assert shop.rows(MARKS) == [("loaded", False, 1)]
    assert loaded(shop) == 1
    assert newest(shop) == source.names()


def judged(shop: Shop, verdict: Any, **options: Any) -> int:
    batch = shop.load(**options).batch_id or 0
    batches.set_gate_status(batch, verdict, "seen")
    return batch


@pytest.fixture
def numbered(shop: Shop, source: Table) -> Table:
    """The table with a cursor of numbers, which unlike clocks a test can turn."""
    shop.configure(feed({"column": "number", "type": "integer", "lookback": 0}), database=source.url)
    source.put("c1", number=1)
    judged(shop, "passed")
    return source


def test_rows_of_a_rejected_batch_are_pulled_again(shop: Shop, numbered: Table) -> None:
    numbered.put("c2", number=2)
    refused = judged(shop, "rejected")
    numbered.put("c3", number=3)
    assert loaded(shop) == 2, "the mark has gone back with the batch"
    assert newest(shop) == numbered.names()
    with pytest.raises(batches.BatchError, match="loaded again in a later batch"):
        batches.release(refused, "by hand")
    assert shop.rows(MARKS) == [("loaded", False, 1), ("rejected", True, 1), ("loaded", True, 2)]


def test_released_batch_keeps_its_mark(shop: Shop, numbered: Table) -> None:
    numbered.put("c2", number=2)
    batches.release(judged(shop, "rejected"), "looked at: right")
    assert loaded(shop) == 0
    assert shop.ledger()[-1][2] == 0, "nothing is read again"
    assert newest(shop) == numbered.names()


def test_pulls_that_rest_on_a_rejected_one_do_not_count(shop: Shop, numbered: Table) -> None:
    numbered.put("c2", number=2)
    second = shop.load(day=date(2024, 3, 2)).batch_id or 0
    numbered.put("c3", number=3)
    judged(shop, "passed", day=date(2024, 3, 3))
    numbered.put("c4", number=4)
    fourth = shop.load(day=date(2024, 3, 4)).batch_id or 0
    batches.set_gate_status(second, "rejected", "only now")
    assert set(newest(shop)) == {"c1", "c3", "c4"}
    assert loaded(shop, day=date(2024, 3, 5)) == 1, "the rejected row, and nothing that others have brought"
    assert newest(shop) == numbered.names()
    batches.set_gate_status(fourth, "rejected", "that one as well")
    assert loaded(shop, day=date(2024, 3, 5)) == 1
    assert newest(shop) == numbered.names()


def test_full_pull_of_a_rejected_batch_is_done_again(shop: Shop, source: Table) -> None:
    refused = shop.load().batch_id or 0
    batches.set_gate_status(refused, "rejected", "looks wrong")
    assert loaded(shop) == 1
    assert shop.rows(MARKS) == [("rejected", False, 1), ("loaded", False, 1)]


def test_full_pull_that_rests_on_a_rejected_one_has_not_compared_everything(shop: Shop, source: Table) -> None:
    shop.configure(feed({"deletes": "by_full_keys", "reconcile": "weekly"}), database=source.url)
    source.put("c2", changed=later(hours=-3))
    judged(shop, "passed", day=date(2024, 3, 1))
    source.remove("c2")
    second = shop.load(day=date(2024, 3, 4), is_full=True).batch_id or 0
    judged(shop, "passed", day=date(2024, 3, 6), is_full=True)
    assert shop.raw("campaign_id, _row_number = 0") == [("c1", False), ("c2", False), ("c2", True)]
    batches.set_gate_status(second, "rejected", "only now")
    assert set(newest(shop)) == {"c1", "c2"}, "the tombstone has gone with its batch"
    # A week after the first, not after the third, which left the tombstone to the second.
    assert loaded(shop, day=date(2024, 3, 8)) == 1
    assert newest(shop) == source.names()


def test_batch_of_an_earlier_day_leaves_newer_rows_alone(shop: Shop, source: Table) -> None:
    shop.load(day=date(2024, 3, 1))
    shop.load(day=date(2024, 3, 2))
    source.put("c1", "New", changed=later())
    shop.load(day=date(2024, 3, 1))
    (message,) = shop.rows("select message from ops.load_ledger where company_id = %(company)s and status = 'skipped'")
    assert "is newer and has its rows" in message[0]
    assert loaded(shop, day=date(2024, 3, 2)) == 1
    assert newest(shop) == {"c1": "New"}


def test_two_pulls_at_once_bring_each_row_once(shop: Shop, source: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(2, timeout=60)
    index_keys = indexes.index_keys

    def meet(*arguments: Any) -> None:
        index_keys(*arguments)
        meeting.wait()

    monkeypatch.setattr(indexes, "index_keys", meet)
    threads = [threading.Thread(target=shop.load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.raw("campaign_id") == [("c1",)]
    assert sorted(row[1] for row in shop.ledger()) == ["loaded", "skipped"]


def test_rows_that_break_the_contract_are_quarantined_once(shop: Shop, source: Table) -> None:
    shop.configure(feed({"deletes": "by_full_keys"}), database=source.url)
    source.put("c2", changed=later())
    loaded(shop)
    source.put("c2", "Bad", changed=later(), starts="soon")
    source.put("c3", "N\0L", changed=later())
    source.put("c4", "No zone", changed=later())
    with source.engine.begin() as connection:
        connection.execute(sa.text("update promo set changed = 'yesterday' where id = 'c4'"))
    for _ in range(2):
        assert loaded(shop) == 0
    found = shop.rows(
        "select source_file, row_data ->> 'campaign_id', column_name, rule, reason from ops.quarantine "
        "where company_id = %(company)s order by 2"
    )
    assert found == [
        ("table promo", "c2", "start_date", "type", "is not a date between 0001-01-01 and 9999-12-31"),
        ("table promo", "c3", "campaign_name", "type", "is not text: it holds a NUL character"),
        ("table promo", "c4", "updated_at", "type", "is not a point in time between 0001-01-01 and 9999-12-31"),
    ]
    assert loaded(shop, is_full=True) == 0, "a row that is there and bad is not gone"
    assert set(newest(shop)) == {"c1", "c2"}
    source.put("c4", "Mended", changed=later())
    assert loaded(shop) == 1


def test_table_that_comes_back_empty_deletes_nothing(shop: Shop, source: Table) -> None:
    shop.configure(feed({"deletes": "by_full_keys", "max_deleted_share": 0.5}), database=source.url)
    source.put("c2")
    loaded(shop)
    source.remove("c1")
    source.remove("c2")
    ((file, _, message),) = shop.load(is_full=True).refused
    assert file == "table promo"
    assert "2 of 2 rows are gone from it, more than cursor.max_deleted_share (0.5) allows" in message
    assert set(newest(shop)) == {"c1", "c2"}
    source.put("c2")
    assert loaded(shop, is_full=True) == 1, "half of the rows is allowed"
    assert set(newest(shop)) == {"c2"}


def test_changed_mapping_compares_everything(shop: Shop, source: Table) -> None:
    source.put("c2")
    loaded(shop)
    mapped = feed() | {"columns": feed()["columns"] | {"campaign_name": {"sql": "upper(src.name)"}}}
    shop.configure(mapped, database=source.url)
    assert loaded(shop) == 2
    assert newest(shop) == {"c1": "SPRING", "c2": "SPRING"}
    shop.configure(feed(), database=source.url)
    assert loaded(shop) == 2
    assert newest(shop) == source.names()
    shop.configure(feed({"lookback": "5h"}), database=source.url)
    assert loaded(shop) == 0
    assert shop.rows(MARKS)[-1] == ("loaded", True, 0), "another lookback needs no full pull"
