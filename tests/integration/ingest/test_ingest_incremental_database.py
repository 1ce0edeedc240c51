"""Tables pulled by a cursor: only changes arrive, and none is missed when clocks differ or commits come late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from source_tables import MYSQL_URL, Table, create_table, feed, later, newest, postgresql_table, sqlite_table

from ingest.status import read_status

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

WITHOUT_MYSQL = "no server of MySQL or MariaDB: set TEST_MYSQL_URL, such as mysql+pymysql://root@localhost/test"


MYSQL = pytest.param("mysql", marks=pytest.mark.skipif(not MYSQL_URL, reason=WITHOUT_MYSQL))


@pytest.fixture(params=["sqlite", "postgresql", MYSQL])
def source(request: pytest.FixtureRequest, shop: Shop, tmp_path: Any) -> Iterator[Table]:
    if request.param == "sqlite":
        yield sqlite_table(tmp_path)
    elif request.param == "postgresql":
        yield from postgresql_table(shop.connection)
    else:
        yield create_table(MYSQL_URL or "", "datetime(6)")


def pull(shop: Shop, **options: Any) -> tuple[int, int, int]:
    """Load, and return rows read, loaded and quarantined."""
    report = shop.load(**options)
    assert report.refused == []
    counts = report.entities["campaigns"]
    return counts.rows_read, counts.rows_loaded, counts.rows_quarantined


def test_first_pull_takes_everything_and_the_next_only_changes(shop: Shop, source: Table) -> None:
    shop.configure(feed(), database=source.url)
    for number in range(20):
        source.put(f"old{number}", changed=later(days=-30))
    source.put("c1", changed=later(hours=-3))
    assert pull(shop) == (21, 21, 0)
    source.put("c1", "Summer", later())
    source.put("c2", None, later())
    assert pull(shop) == (2, 2, 0)
    assert pull(shop) == (2, 0, 0), "what is read again and unchanged adds no version"
    assert newest(shop) == source.names()
    states = shop.rows(
        "select is_partial, mark_from is null, mark_to is null, rows_loaded, message from ops.load_ledger "
        "where company_id = %(company)s order by load_id"
    )
    assert states == [
        (False, True, False, 21, None),
        (True, False, False, 2, None),
        (True, False, False, 0, "2 rows as known"),
    ]


def test_commit_that_comes_late_with_an_older_time_arrives(shop: Shop, source: Table) -> None:
    shop.configure(feed(), database=source.url)
    source.put("c1", changed=later(days=-1))
    if source.engine.dialect.name == "sqlite":
        # SQLite has one writer at a time, whom a reader does not wait for only in this mode.
        with source.engine.connect() as connection:
            connection.exec_driver_sql("pragma journal_mode = wal")
    with source.engine.connect() as slow:
        source.write(slow, "c2", "Late", later(minutes=-20))
        assert pull(shop) == (1, 1, 0), "not committed yet"
        slow.commit()
    source.put("c3", changed=later())
    assert pull(shop)[1] == 2
    assert newest(shop) == source.names()
    assert set(newest(shop)) == {"c1", "c2", "c3"}


@pytest.mark.parametrize("hours", [-1, 1], ids=["behind", "ahead"])
def test_clock_of_the_application_differs_by_an_hour(shop: Shop, source: Table, hours: int) -> None:
    shop.configure(feed({"lookback": "90m"}), database=source.url)
    source.put("c1", "First", later(days=-2))
    source.put("c2", "First", later())
    assert pull(shop)[1] == 2
    source.put("c1", "Skewed", later(hours=hours))
    # Older than the version it replaces by its own time, where the clock is behind.
    source.put("c2", "Skewed", later(hours=hours))
    assert pull(shop)[1] == 2
    assert newest(shop) == {"c1": "Skewed", "c2": "Skewed"}
    assert pull(shop)[1] == 0
    (stamp,) = shop.rows(
        "select max(updated_at) from raw.campaigns where company_id = %(company)s and campaign_id = 'c2'"
    )
    assert stamp == (later(hours=max(hours, 0)),)


def test_rows_without_a_time_of_change_are_pulled_every_time(shop: Shop, source: Table) -> None:
    shop.configure(feed(), database=source.url)
    source.put("c1", "No time", None)
    source.put("c2", "Old", later(days=-9))
    assert pull(shop) == (2, 2, 0)
    source.put("c1", "Still none", None)
    assert pull(shop) == (1, 1, 0)
    assert newest(shop) == {"c1": "Still none", "c2": "Old"}
    (message,) = shop.rows("select message from ops.load_ledger where company_id = %(company)s and is_partial")
    assert message == ("1 rows without a value in the column of the cursor, which every pull reads",)


def test_integer_cursor_reads_again_so_many_numbers(shop: Shop, source: Table) -> None:
    cursor = {"column": "number", "type": "integer", "lookback": 3}
    shop.configure(feed(cursor), database=source.url)
    assert pull(shop) == (0, 0, 0), "a table without rows"
    source.put("c5", number=5)
    source.put("c10", number=10)
    assert pull(shop) == (2, 2, 0)
    # Drawn before 10, committed after it; 7 is outside: one more than 10, less 3, is 8.
    source.put("c8", number=8)
    source.put("c7", number=7)
    source.put("c10b", number=10)
    assert pull(shop) == (3, 2, 0)
    assert set(newest(shop)) == {"c5", "c8", "c10", "c10b"}
    assert pull(shop, is_full=True) == (5, 1, 0)
    assert newest(shop) == source.names()
    marks = shop.rows("select mark_to from ops.load_ledger where company_id = %(company)s order by load_id")
    assert marks == [("nothing yet",), ("11",), ("11",), ("11",)]


def test_numbers_that_begin_anew_are_not_missed(shop: Shop, source: Table) -> None:
    shop.configure(feed({"column": "number", "type": "integer", "lookback": 1}), database=source.url)
    source.put("c900", number=900)
    pull(shop)
    source.remove("c900")
    source.put("c1", number=1)
    assert pull(shop)[1] == 1
    source.put("c2", number=2)
    assert pull(shop)[1] == 1
    assert {"c1", "c2"} <= set(newest(shop))


def test_rows_deleted_softly_and_for_good(shop: Shop, source: Table) -> None:
    shop.configure(feed({"deletes": "by_full_keys", "reconcile": "weekly"}), database=source.url)
    for key in ("c1", "c2", "c3", "c4"):
        source.put(key, changed=later(days=-3))
    pull(shop)
    source.put("c1", changed=later(), gone=1)
    source.remove("c2")
    assert pull(shop) == (1, 1, 0)
    assert set(newest(shop)) == {"c2", "c3", "c4"}, "only a full pull can tell that a row is no longer there"
    assert pull(shop, day=date(2024, 3, 8)) == (3, 1, 0)
    assert set(newest(shop)) == {"c3", "c4"}
    tombstone = shop.rows(
        "select campaign_name, start_date, _source_file, _row_number from raw.campaigns "
        "where company_id = %(company)s and campaign_id = 'c2' and is_deleted"
    )
    assert tombstone == [("Spring", date(2024, 1, 1), "table promo", 0)]
    assert pull(shop, day=date(2024, 3, 9))[1] == 0
    source.put("c2", "Back", changed=later(days=-3))
    assert pull(shop, day=date(2024, 3, 9), is_full=True)[1] == 1
    assert newest(shop) == source.names()


def test_status_shows_marks(shop: Shop, source: Table) -> None:
    shop.configure(feed({"column": "number", "type": "integer", "lookback": 3}), database=source.url)
    source.put("c1", number=41)
    pull(shop)
    names, (row,) = read_status(shop.company_id)["Marks of database feeds"]
    told = dict(zip(names, row, strict=True))
    assert (told["file"], told["mark"], told["last_full_pull"]) == ("table promo", "42", date(2024, 3, 1))
