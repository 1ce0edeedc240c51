"""Loading into a real warehouse: once, completely, in one transaction per file, with everything recorded."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import psycopg
import pytest

from ingest import load, readers
from ingest.entries import LedgerEntry
from ingest.inspection import content_hash

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

ONE, TWO = "c1,Spring,2024-01-01,2024-02-01", "c2,Summer,2024-05-01,2024-06-01"
LATIN_1 = b"campaign_id,campaign_name,start_date,end_date\n1,\xe9t\xe9,2024-01-01,2024-01-02\n"
SALES = {
    "transaction_id": "id", "line_number": {"constant": 1}, "sold_at": {"constant": "2024-01-01T00:00:00Z"},
    "sale_date": {"constant": "2024-01-01"}, "location_id": {"constant": "S"}, "channel": {"constant": "store"},
    "product_id": {"constant": "P"}, "quantity": "quantity", "uom": {"constant": "EA"}, "net_amount": "net",
    "currency": {"constant": "EUR"},
}  # fmt: skip


def test_rows_arrive_typed_with_their_origin(shop: Shop) -> None:
    shop.put("sub/a.csv", ONE, TWO)
    shop.configure({"entity": "campaigns", "files": "**/*.csv"})
    report = shop.load()
    assert shop.raw("source_system, campaign_id, start_date, is_deleted, _batch_id, _source_file, _row_number") == [
        ("crm", "c1", date(2024, 1, 1), None, report.batch_id, "sub/a.csv", 1),
        ("crm", "c2", date(2024, 5, 1), None, report.batch_id, "sub/a.csv", 2),
    ]
    assert json.loads(json.dumps(report.as_dict()))["entities"]["campaigns"]["rows_loaded"] == 2


def test_same_content_loads_once(shop: Shop) -> None:
    shop.put("a.csv", ONE, TWO)
    first = shop.load()
    shop.put("renamed.csv", ONE, TWO)
    second = shop.load()
    assert len(shop.raw("1")) == 2
    assert shop.ledger() == [
        ("a.csv", "loaded", 2, 2, 0),
        ("a.csv", "skipped", None, None, None),
        ("renamed.csv", "skipped", None, None, None),
    ]
    counts = second.entities["campaigns"]
    assert (counts.files_loaded, counts.files_skipped, counts.rows_loaded) == (0, 2, 0)
    assert first.entities["campaigns"].files_loaded == 1


def test_changed_mapping_loads_again(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    shop.load()
    columns = {"campaign_id": {"sql": "'x' || campaign_id"}, "start_date": "start_date", "end_date": "end_date"}
    shop.configure({"entity": "campaigns", "files": "*.csv", "columns": columns})
    shop.load()
    assert shop.raw("campaign_id, campaign_name") == [("c1", "Spring"), ("xc1", None)]


def test_corrected_row_is_one_more_version(shop: Shop) -> None:
    shop.put("a.csv", ONE, TWO)
    shop.load()
    shop.put("a.csv", ONE.replace("Spring", "Early spring"), TWO)
    shop.load()
    names = [name for (name,) in shop.raw("campaign_name")]
    assert names == ["Spring", "Summer", "Early spring", "Summer"]


def test_late_file_of_an_earlier_day_is_taken(shop: Shop) -> None:
    shop.configure({"entity": "campaigns", "files": "*.csv", "file_date": r"(\d{4}-\d{2}-\d{2})"})
    shop.put("2024-03-01.csv", ONE)
    shop.put("2024-03-02.csv", "c9,Later,2024-01-01,2024-02-01")
    shop.load()
    shop.put("2024-02-01.csv", TWO)
    shop.load()
    assert shop.raw("campaign_id") == [("c1",), ("c2",)]
    dates = shop.rows("select file_date from ops.load_ledger where company_id = %(company)s and status = 'loaded'")
    assert sorted(dates) == [(date(2024, 2, 1),), (date(2024, 3, 1),)]


def test_quarantine_holds_place_value_and_reason(shop: Shop) -> None:
    shop.configure({"entity": "customers", "files": "*.csv"})
    shop.put(
        "a.csv", "1,person,a@b", "2,alien,b@c", ",person,c@d", "4", "1,person,again",
        header="customer_id,customer_type,email\n",
    )  # fmt: skip
    report = shop.load()
    found = shop.rows(
        "select row_number, column_name, rule, reason, is_personal, value, row_data, source_file, batch_id "
        "from ops.quarantine where company_id = %(company)s order by row_number, column_name"
    )
    document = {"customer_id": "2", "customer_type": "alien", "email": "b@c"}
    origin = ("a.csv", report.batch_id)
    vocabulary = "is none of household, person, company, reseller"
    assert found == [
        (2, "customer_type", "vocabulary", vocabulary, False, "alien", document, *origin),
        (3, "customer_id", "required", "is empty, but the contract requires it", False, None,
         {"customer_id": None, "customer_type": "person", "email": "c@d"}, *origin),
        (4, None, "malformed", "has fewer fields than the header", True, "4", None, *origin),
        (5, "customer_id", "unique", "has the same customer_id as row 1 of the file", False, "1",
         {"customer_id": "1", "customer_type": "person", "email": "again"}, *origin),
    ]  # fmt: skip
    assert shop.ledger() == [("a.csv", "loaded", 5, 1, 4)]


def test_lines_that_a_quote_swallows_are_quarantined_one_by_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    lines = [f"c{n},Spring,2024-01-01,2024-02-01" for n in range(1, 4001)]
    lines[2499] = lines[2499].replace(",Spring", ',"Spring')
    shop.put("a.csv", *lines)
    shop.load()
    assert shop.ledger() == [("a.csv", "loaded", 4000, 2499, 1501)]
    found = shop.rows(
        "select row_number, rule, value, reason from ops.quarantine where company_id = %(company)s order by row_number"
    )
    assert [row[:3] for row in found] == [(n, "malformed", lines[n - 1]) for n in range(2500, 4001)]
    assert all("a quote that opens on line 2501" in row[3] for row in found)


def test_lookup_with_a_quote_that_stays_open_is_refused(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    shop.put("names.csv", 'c1,"One', "c2,Two", header="id,name\n")
    lookups = {"names": {"files": "names.csv"}}
    shop.configure({"entity": "campaigns", "files": "a.csv", "lookups": lookups})
    shop.load()
    ((message,),) = shop.rows("select message from ops.load_ledger where company_id = %(company)s")
    assert "its lookup names is malformed: a record lies in a quote that opens on line 2" in message


def test_what_was_copied_in_vain_is_taken_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "SMALL_BYTES", 0)
    shop.put("a.csv", ONE, TWO, "too,short", ONE.replace("Spring", "Again"))
    shop.load()
    assert shop.raw("campaign_id, campaign_name, _row_number") == [("c1", "Spring", 1), ("c2", "Summer", 2)]
    assert shop.ledger() == [("a.csv", "loaded", 4, 2, 2)]
    found = shop.rows("select row_number, rule from ops.quarantine where company_id = %(company)s order by 1")
    assert found == [(3, "malformed"), (4, "unique")]


def test_analyst_sees_no_values_of_quarantine(shop: Shop) -> None:
    shop.connection.execute("set role analyst")
    try:
        shop.rows("select reason from ops.quarantine where company_id = %(company)s")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            shop.rows("select value from ops.quarantine where company_id = %(company)s")
    finally:
        shop.connection.execute("reset role")


@pytest.mark.parametrize(("keep", "kept"), [("first", (1, "one")), ("last", (3, "three"))])
def test_master_is_taken_out_of_a_longer_list(shop: Shop, keep: str, kept: tuple[int, str]) -> None:
    # The last row of c1 does not pass where, and so is not the one to keep; that of c2 breaks the contract.
    shop.configure({"entity": "campaigns", "files": "*.csv", "keep": keep, "where": "campaign_name <> 'out'"})
    days = "2024-01-01,2024-01-02"
    shop.put("a.csv", f"c1,one,{days}", f"c1,two,{days}", f"c1,three,{days}", f"c1,out,{days}", "c2,x,never,never")
    counts = shop.load().entities["campaigns"]
    assert (counts.rows_read, counts.rows_loaded, counts.rows_quarantined) == (5, 1, 1)
    found = shop.rows("select _row_number, campaign_name from raw.campaigns where company_id = %(company)s")
    assert found == [kept]
    rules = shop.rows("select distinct row_number, rule from ops.quarantine where company_id = %(company)s")
    assert {row for row, _ in rules} == {5}
    (message,) = shop.rows("select message from ops.load_ledger where company_id = %(company)s")
    assert message == ("3 rows left out by where, joins or keep",)


def test_refused_file_does_not_stop_the_rest(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    (shop.landing / "b.csv").write_bytes(b"")
    (shop.landing / "c.csv").write_bytes(LATIN_1)
    shop.put("d.csv", TWO)
    (shop.landing / "e.csv").symlink_to("/etc/hostname")
    report = shop.load()
    assert shop.raw("campaign_id") == [("c1",), ("c2",)]
    assert [(file, status) for file, status, *_ in shop.ledger()] == [
        ("a.csv", "loaded"), ("b.csv", "refused"), ("c.csv", "refused"), ("d.csv", "loaded"), ("e.csv", "refused"),
    ]  # fmt: skip
    messages = {file: message for file, _, message in report.refused}
    assert "empty (0 bytes)" in messages["b.csv"]
    assert "declare its encoding" in messages["c.csv"]
    assert "lies outside" in messages["e.csv"]
    stored = shop.rows(
        "select source_file, message from ops.load_ledger where company_id = %(company)s and status = 'refused'"
    )
    assert dict(stored) == messages


def test_empty_delivery_is_loaded_with_no_rows(shop: Shop) -> None:
    shop.put("a.csv")
    assert shop.load().refused == []
    assert shop.ledger() == [("a.csv", "loaded", 0, 0, 0)]


def test_ledger_row(shop: Shop) -> None:
    path = shop.put("a.csv", ONE + ",x", header="campaign_id,campaign_name,start_date,end_date,color\n")
    report = shop.load()
    (row,) = shop.rows(
        "select batch_id, source_system, entity, content_sha256, byte_count, unknown_columns, business_date, "
        "seconds > 0 from ops.load_ledger where company_id = %(company)s"
    )
    expected = ("crm", "campaigns", content_hash(path), path.stat().st_size, ["color"], date(2024, 3, 1), True)
    assert row == (report.batch_id, *expected)


def test_lookup_content_counts_as_content(shop: Shop) -> None:
    feed = {
        "entity": "campaigns", "files": "a.csv", "lookups": {"names": {"files": "names.tsv"}},
        "joins": "left join names on src.campaign_id = names.id",
        "columns": {"campaign_id": "campaign_id", "start_date": "start_date", "end_date": "end_date",
                    "campaign_name": {"sql": "names.label"}},
    }  # fmt: skip
    shop.configure(feed)
    shop.put("a.csv", ONE)
    for label in ("one", "one", "uno"):
        shop.put("names.tsv", f"c1\t{label}", header="id\tlabel\n")
        shop.load()
    assert shop.raw("campaign_name") == [("one",), ("uno",)]


def test_numbers_are_exact(shop: Shop) -> None:
    shop.configure({"entity": "sales_lines", "files": "*.csv", "columns": SALES})
    amounts = ["0.1", "0.2", "12345678901234.5678", "-99999999999999.9999", "0.0001", "-0.00005", "10000", "9999.9999"]
    shop.put("a.csv", *(f"{n},{amount},{amount}" for n, amount in enumerate(amounts)), header="id,quantity,net\n")
    shop.load()
    stored = [value for (value,) in shop.raw("net_amount", "sales_lines")]
    assert stored == [Decimal(a) for a in [*amounts[:5], "-0.0001", *amounts[6:]]]
    assert shop.rows(
        "select sum(net_amount) = 0.3 from raw.sales_lines where company_id = %(company)s and _row_number in (1, 2)"
    ) == [(True,)]


def test_hostile_names(shop: Shop) -> None:
    name = "a'; drop table raw.campaigns; -- \"[x]*?é.csv"
    column = "na\"me; select 'x"
    columns = {
        "campaign_id": "campaign_id",
        "campaign_name": column,
        "start_date": "start_date",
        "end_date": "end_date",
    }
    shop.configure({"entity": "campaigns", "files": "*.csv", "columns": columns})
    quoted = column.replace('"', '""')
    shop.put(name, "c1,'; drop,2024-01-01,2024-01-02", header=f'campaign_id,"{quoted}",start_date,end_date\n')
    shop.load()
    assert shop.raw("campaign_name, _source_file") == [("'; drop", name)]


def test_broken_connection_leaves_nothing_of_the_file(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    lines = [f"k{n},{'x' * 200},2024-01-01,2024-01-02" for n in range(60_000)]
    shop.put("b.csv", *lines)
    killed = threading.Event()

    def kill() -> None:
        query = (
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'orw_loader' and query like 'copy \"raw\".\"campaigns\"%'"
        )
        while not killed.is_set() and not shop.connection.execute(query).fetchall():
            killed.wait(0.001)

    def after_first(entry: LedgerEntry) -> None:
        if entry.source_file == "a.csv":
            pool.submit(kill)

    with ThreadPoolExecutor(1) as pool:
        try:
            with pytest.raises(psycopg.OperationalError):
                shop.load(progress=after_first)
        finally:
            killed.set()
    assert shop.raw("campaign_id") == [("c1",)]
    assert shop.ledger() == [("a.csv", "loaded", 1, 1, 0)]
    report = shop.load()
    assert len(shop.raw("1")) == 60_001
    assert shop.rows("select distinct _batch_id from raw.campaigns where company_id = %(company)s") == [
        (report.batch_id,)
    ]


def test_two_loads_at_once_load_once(shop: Shop) -> None:
    for n in range(5):
        shop.put(f"f{n}.csv", *(f"{n}-{k},x,2024-01-01,2024-01-02" for k in range(2000)))
    batch = load.open_batch(shop.company_id, date(2024, 3, 1))
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(load.load_source, shop.company_id, "crm", date(2024, 3, 1), batch) for _ in range(3)]
        reports = [job.result() for job in jobs]
    assert len(shop.raw("1")) == 10_000
    assert sum(report.entities["campaigns"].files_loaded for report in reports) == 5
    assert sum(report.entities["campaigns"].files_skipped for report in reports) == 10
    assert [report.refused for report in reports] == [[], [], []]


def test_only_one_file(shop: Shop) -> None:
    shop.put("a.csv", ONE)
    shop.put("b.csv", TWO)
    shop.load(file="b.csv")
    assert shop.raw("campaign_id") == [("c2",)]


def test_times_are_utc(shop: Shop) -> None:
    shop.put(
        "a.csv", ONE + ",2024-06-01T12:00:00+02:00", header="campaign_id,campaign_name,start_date,end_date,updated_at\n"
    )
    shop.load()
    assert shop.raw("updated_at") == [(datetime(2024, 6, 1, 10, tzinfo=UTC),)]
