"""A dry run says what a load would record, and does no more for it than it must."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ingest import contents
from ingest.check import check_company
from ingest.entries import LedgerEntry

if TYPE_CHECKING:
    from conftest import Shop

pytestmark = pytest.mark.integration

DAY = date(2024, 3, 1)
# What a check does not find out, and time.
OF_LOADS = ("seconds", "content_sha256", "mapping_sha256", "byte_count")


def seen(entry: LedgerEntry) -> dict[str, Any]:
    return {name: value for name, value in asdict(entry).items() if name not in OF_LOADS}


def both(shop: Shop) -> tuple[list[LedgerEntry], list[LedgerEntry]]:
    """Return what a check and then a load say of every file."""
    loaded: list[LedgerEntry] = []
    checked = [finding.entry for finding in check_company(shop.company_id, DAY)]
    shop.load(progress=loaded.append)
    return checked, loaded


def test_check_and_load_say_the_same(shop: Shop) -> None:
    feed = {
        "entity": "campaigns", "files": "[ab].csv", "lookups": {"names": {"files": "names.tsv"}},
        "joins": "inner join names on src.campaign_id = names.id", "where": "src.campaign_id <> 'c2'",
        "columns": {"campaign_id": "campaign_id", "start_date": "start_date", "end_date": "end_date",
                    "campaign_name": {"sql": "names.label"}, "updated_at": "changed"},
    }  # fmt: skip
    shop.configure(feed)
    shop.put("names.tsv", "c1\tone", "c2\ttwo", "c4\tfour", header="id\tlabel\n")
    # One row is loaded, one is left out by where, one by the join, and one has no date.
    days = "2024-01-01,2024-01-02"
    shop.put("a.csv", f"c1,x,{days}", f"c2,x,{days}", f"c3,x,{days}", "c4,x,never,2024-01-02")
    (shop.landing / "b.csv").write_bytes(b"")
    checked, loaded = both(shop)
    assert [seen(entry) for entry in checked] == [seen(entry) for entry in loaded]
    first, second = loaded
    assert (first.status, first.rows_read, first.rows_loaded, first.rows_quarantined) == ("loaded", 4, 1, 1)
    assert first.unknown_columns == ("campaign_name",)
    assert first.message == "2 rows left out by where, joins or keep; loaded empty for lack of a column: changed"
    assert second.status == "refused"
    assert "the file is empty (0 bytes)" in (second.message or "")


def test_error_without_a_text_is_named_by_its_type(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TimeoutError

    shop.put("a.csv", "c1,Spring,2024-01-01,2024-02-01")
    monkeypatch.setattr(contents, "bring", fail)
    for (entry,) in both(shop):
        assert (entry.status, entry.message) == ("refused", "TimeoutError")


def test_check_hashes_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("nobody needs the hash")

    for name in ("content_hash", "unpacked_hash"):
        monkeypatch.setattr(contents, name, fail)
    shop.put("a.csv", "c1,Spring,2024-01-01,2024-02-01")
    (finding,) = check_company(shop.company_id, DAY)
    assert (finding.entry.status, finding.entry.rows_loaded) == ("loaded", 1)
