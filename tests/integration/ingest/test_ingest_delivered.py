"""What counts as delivered anew: corrections taken back, copies, dates, and the order of versions."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg
import pyarrow as pa
import pytest

from ingest import ddl, load, records
from ingest.companies import CompanyError
from warehouse import batches

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

A, B, C = (f"c1,{name},2024-01-01,2024-02-01" for name in ("Spring", "Early spring", "Late spring"))
DATED = {"entity": "campaigns", "files": "**/*.csv*", "file_date": r"(\d{4}-\d{2}-\d{2})"}
UNDATED = {"entity": "campaigns", "files": "**/*.csv*"}
HEADER = "campaign_id,campaign_name,start_date,end_date\n"


def names(shop: Shop) -> list[str]:
    query = "select campaign_name from raw.campaigns where company_id = %(company)s order by _loaded_at, _row_number"
    return [name for (name,) in shop.rows(query)]


def again(shop: Shop, day: date = date(2024, 3, 31)) -> None:
    """Load once more and see that nothing is new."""
    report = shop.load(day)
    assert {counts.files_loaded for counts in report.entities.values()} <= {0}
    assert report.refused == []


def loaded(shop: Shop, day: date = date(2024, 3, 31)) -> list[str]:
    """Load, and return the names in raw; a second load of the same finds nothing."""
    shop.load(day)
    again(shop, day)
    return names(shop)


def test_correction_taken_back_is_loaded(shop: Shop) -> None:
    for line, expected in ((A, ["Spring"]), (B, ["Spring", "Early spring"]), (A, ["Spring", "Early spring", "Spring"])):
        shop.put("a.csv", line)
        assert loaded(shop) == expected
    follows = shop.rows(
        "select lag(load_id) over (order by load_id) is not distinct from follows_load_id from ops.load_ledger "
        "where company_id = %(company)s and status = 'loaded'"
    )
    assert follows == [(True,)] * 3


def test_dated_file_is_new_whatever_it_holds(shop: Shop) -> None:
    shop.configure(DATED)
    for day, line in (("2024-03-01", A), ("2024-03-02", B), ("2024-03-03", A), ("2024-03-04", A)):
        shop.put(f"list_{day}.csv", line)
    assert loaded(shop) == ["Spring", "Early spring", "Spring", "Spring"]
    dates = shop.rows("select distinct _file_date, _source_file from raw.campaigns where company_id = %(company)s")
    assert sorted(dates) == [(date(2024, 3, n), f"list_2024-03-0{n}.csv") for n in range(1, 5)]


def test_copy_of_a_dated_file_is_skipped(shop: Shop) -> None:
    shop.configure(DATED)
    shop.put("list_2024-03-01.csv", A)
    shop.put("list_2024-03-02.csv", B)
    shop.load()
    (shop.landing / "list_2024-03-01.csv").rename(shop.landing / "list_2024-03-01_final.csv")
    shop.put("archive/list_2024-03-02.csv", B)
    assert loaded(shop) == ["Spring", "Early spring"]


def test_copies_without_dates_are_skipped(shop: Shop) -> None:
    shop.configure(UNDATED)
    for name, line in (("a.csv", A), ("b.csv", B), ("b (1).csv", B)):
        shop.put(name, line)
    assert sorted(loaded(shop)) == ["Early spring", "Spring"]
    (shop.landing / "moved").mkdir()
    for name in ("a.csv", "b.csv"):
        (shop.landing / name).rename(shop.landing / "moved" / name)
    assert len(loaded(shop)) == 2


def test_state_that_comes_back_in_another_file_without_date_is_loaded(shop: Shop) -> None:
    for name, line in (("week10.csv", A), ("week11.csv", B), ("week12.csv", A)):
        shop.put(name, line)
        shop.load()
    assert loaded(shop) == ["Spring", "Early spring", "Spring"]


def test_copy_left_behind_does_not_overrule_a_correction(shop: Shop) -> None:
    shop.put("a.csv", A)
    shop.put("copy.csv", A)
    shop.load()
    shop.put("a.csv", B)
    assert loaded(shop) == ["Spring", "Early spring"]
    message = "select message from ops.load_ledger where company_id = %(company)s and repeats_load_id is not null"
    assert shop.rows(message) == [
        ("same content as a.csv, loaded before; if it is a new state, names need a date and the feed file_date",)
    ]


@pytest.mark.parametrize("feed", [DATED, UNDATED], ids=["dated", "undated"])
def test_renamed_file_can_be_corrected_and_the_correction_taken_back(shop: Shop, feed: dict[str, Any]) -> None:
    shop.configure(feed)
    path = shop.put("old_2024-03-01.csv", A)
    shop.load()
    path.rename(shop.landing / "new_2024-03-01.csv")
    assert loaded(shop) == ["Spring"]
    shop.put("new_2024-03-01.csv", B)
    assert loaded(shop) == ["Spring", "Early spring"]
    shop.put("new_2024-03-01.csv", A)
    assert loaded(shop) == ["Spring", "Early spring", "Spring"]


def test_mapping_that_is_taken_back_loads_again(shop: Shop) -> None:
    columns = {"campaign_id": "campaign_id", "start_date": "start_date", "end_date": "end_date"}
    first = UNDATED | {"columns": columns | {"campaign_name": "campaign_name"}}
    second = UNDATED | {"columns": columns | {"campaign_name": {"sql": "upper(campaign_name)"}}}
    shop.put("a.csv", A)
    expected = []
    for feed, name in ((first, "Spring"), (second, "SPRING"), (first, "Spring"), (second, "SPRING")):
        shop.configure(feed)
        expected.append(name)
        assert loaded(shop) == expected


def test_two_feeds_of_one_file_do_not_disturb_each_other(shop: Shop) -> None:
    shop.configure(UNDATED | {"where": "campaign_id = 'c1'"}, UNDATED | {"where": "campaign_id = 'c2'"})
    shop.put("a.csv", A, "c2,Other,2024-01-01,2024-02-01")
    assert sorted(loaded(shop)) == ["Other", "Spring"]


def test_copy_of_a_rejected_file_is_loaded(shop: Shop) -> None:
    shop.put("a.csv", A)
    shop.put("copy.csv", A)
    batch = shop.load().batch_id
    assert batch is not None
    batches.set_gate_status(batch, "rejected", "by hand")
    (shop.landing / "a.csv").unlink()
    shop.load()
    assert [row[:2] for row in shop.ledger() if row[1] in ("loaded", "rejected")] == [
        ("a.csv", "rejected"), ("copy.csv", "loaded"),
    ]  # fmt: skip


def test_rejected_correction_counts_as_not_delivered(shop: Shop) -> None:
    shop.put("a.csv", A)
    first = shop.load().batch_id
    assert first is not None
    batches.set_gate_status(first, "passed", "")
    shop.put("a.csv", B)
    second = shop.load().batch_id
    assert second is not None
    batches.set_gate_status(second, "rejected", "wrong")
    shop.put("a.csv", A)
    again(shop)
    shop.put("a.csv", B)
    assert loaded(shop) == ["Spring", "Early spring", "Early spring"]
    with pytest.raises(batches.BatchError, match="loaded again in a later batch"):
        batches.release(second, "after all")


def test_same_rows_packed_anew_are_known(shop: Shop) -> None:
    shop.configure(UNDATED)
    content = (HEADER + A + "\n").encode()
    path = shop.landing / "a.csv.gz"
    path.write_bytes(gzip.compress(content, 9, mtime=0))
    assert loaded(shop) == ["Spring"]
    for packed in (gzip.compress(content, 1, mtime=7), pa.Codec("zstd").compress(content, asbytes=True), content):
        path.write_bytes(packed)
        assert loaded(shop) == ["Spring"]
    shop.put("a.csv", A)
    assert loaded(shop) == ["Spring"]
    hashes = shop.rows(
        "select content_sha256 <> delivered_sha256 from ops.load_ledger where company_id = %(company)s "
        "and status = 'loaded'"
    )
    assert hashes == [(True,)]


def test_packed_files_of_earlier_ledgers_are_known(shop: Shop) -> None:
    shop.configure(UNDATED)
    (shop.landing / "a.csv.gz").write_bytes(gzip.compress((HEADER + A + "\n").encode()))
    shop.load()
    shop.connection.execute(
        "update ops.load_ledger set content_sha256 = delivered_sha256, delivered_sha256 = null where company_id = %s",
        [shop.company_id],
    )
    again(shop)
    (shop.landing / "a.csv.gz").rename(shop.landing / "b.csv.gz")
    again(shop)


def test_query_of_each_day_is_a_delivery_of_its_own(shop: Shop, owner: psycopg.Connection) -> None:
    owner.execute("create schema if not exists elsewhere")
    owner.execute(
        "create or replace view elsewhere.days as "
        "select date '2024-03-01' + n as day, n % 2 as kind from generate_series(0, 3) as n"
    )
    info = owner.info
    address = f"postgresql+psycopg://{info.user}:{info.password}@{info.host}:{info.port}/{info.dbname}"
    query = (
        "select 'c1' as campaign_id, 'kind ' || kind as campaign_name, date '2024-01-01' as start_date, "
        "date '2024-02-01' as end_date from elsewhere.days where day = :business_date"
    )
    shop.configure({"entity": "campaigns", "query": query}, database=address)
    for day in (1, 2, 3, 1, 2, 3):
        shop.load(date(2024, 3, day))
    assert names(shop) == ["kind 0", "kind 1", "kind 0"]
    dates = shop.rows("select _file_date from raw.campaigns where company_id = %(company)s order by 1")
    assert dates == [(date(2024, 3, n),) for n in (1, 2, 3)]


def test_undated_correction_is_never_older_than_what_it_replaces(shop: Shop) -> None:
    shop.put("a.csv", A)
    shop.load(date(2024, 3, 5))
    shop.put("a.csv", B)
    shop.put("other.csv", C)
    shop.load(date(2024, 3, 1))
    found = shop.rows("select campaign_name, _file_date from raw.campaigns where company_id = %(company)s")
    assert dict(found) == {
        "Spring": date(2024, 3, 5), "Early spring": date(2024, 3, 5), "Late spring": date(2024, 3, 1),
    }  # fmt: skip


def test_date_given_up_loads_nothing_again(shop: Shop) -> None:
    shop.configure(DATED)
    shop.put("list_2024-03-01.csv", A)
    shop.put("list_2024-03-02.csv", A)
    shop.load(date(2024, 3, 31))
    shop.configure(UNDATED)
    again(shop)


def test_date_declared_later_loads_nothing_again_but_what_passed_for_a_copy(shop: Shop) -> None:
    shop.configure(UNDATED)
    shop.put("list_2024-03-01.csv", A)
    shop.put("list_2024-03-02.csv", A)
    assert loaded(shop) == ["Spring"]
    shop.configure(DATED)
    assert loaded(shop) == ["Spring", "Spring"]
    dates = shop.rows("select _source_file, _file_date from raw.campaigns where company_id = %(company)s")
    assert ("list_2024-03-02.csv", date(2024, 3, 2)) in dates


def test_same_file_at_once_is_loaded_once_even_without_the_lock(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.put("a.csv", *(f"k{n},x,2024-01-01,2024-01-02" for n in range(2000)))
    shop.load()
    shop.put("a.csv", *(f"k{n},y,2024-01-01,2024-01-02" for n in range(2000)))
    monkeypatch.setattr(records, "lock_content", lambda *_: [])
    batch = load.open_batch(shop.company_id, date(2024, 3, 1))
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(load.load_source, shop.company_id, "crm", date(2024, 3, 1), batch) for _ in range(3)]
        reports = [job.result() for job in jobs]
    assert len(shop.raw("1")) == 4000
    assert sum(report.entities["campaigns"].files_loaded for report in reports) == 1
    assert [report.refused for report in reports] == [[], [], []]


def test_tables_without_the_date_of_files_say_what_to_do(shop: Shop) -> None:
    shop.connection.execute("alter table raw.campaigns drop column _file_date")
    try:
        with pytest.raises(CompanyError, match=r"lacks raw.campaigns._file_date: run `python -m ingest init`"):
            load.open_batch(shop.company_id, date(2024, 3, 1))
    finally:
        assert ddl.create_raw_tables() == ["raw.campaigns._file_date"]
