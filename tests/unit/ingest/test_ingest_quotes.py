"""Quotes that are not closed: every line that they swallow is told, and no record of several lines is lost."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from ingest import quotes, readers
from ingest.inspection import RefusedFileError

CAMPAIGNS = {"entity": "campaigns"}
HEADER = "campaign_id,campaign_name,start_date,end_date"


def campaigns(count: int, changed: dict[int, str], end: str = "\n") -> bytes:
    """Write a file of records 1 to count, some of them changed; record n is on line n + 1."""
    lines = [changed.get(n, f"c{n},Spring,2024-01-01,2024-01-02") for n in range(1, count + 1)]
    return "".join(line + end for line in (HEADER, *lines)).encode()


@pytest.fixture(params=[True, False], ids=["small", "large"])
def any_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(readers, "SMALL_BYTES", 0)


def stray(number: int) -> str:
    return f'c{number},"Spring,2024-01-01,2024-01-02'


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_quote_that_stays_open_swallows_no_line_unseen(
    read: Callable[..., Any], end: str, pack: Callable[[bytes], bytes]
) -> None:
    screened = read(pack(campaigns(4000, {2500: stray(2500)}, end)), CAMPAIGNS)
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (4000, 2499, 1501)
    assert [row["row_number"] for row in screened.quarantine] == list(range(2500, 4001))
    assert screened.quarantine[0]["value"] == stray(2500)
    assert screened.quarantine[-1]["value"] == "c4000,Spring,2024-01-01,2024-01-02"
    assert {row["rule"] for row in screened.quarantine} == {"malformed"}
    (reason,) = {row["reason"] for row in screened.quarantine}
    assert "a quote that opens on line 2501 of the file and is not closed" in reason
    assert "close or double it" in reason


@pytest.mark.usefixtures("any_size")
def test_stray_quotes_with_lines_between_them(read: Callable[..., Any]) -> None:
    changed = {
        3: "too,few",
        10: stray(10),
        # Closes the quote of record 10, with a field too few.
        14: 'c14,Spring",2024-01-01',
        16: "c16,Spring,2024-01-01",
        20: stray(20),
        22: 'c22,"Spring",2024-01-01,2024-01-02',
        25: "c25,Spring,nonsense,2024-01-02",
        26: '"c1",Spring,2024-01-01,2024-01-02',
    }
    screened = read(campaigns(30, changed), CAMPAIGNS)
    bad = [3, *range(10, 15), 16, 20, 21, 22, 25, 26]
    assert sorted({row["row_number"] for row in screened.quarantine}) == bad
    assert [row["_row_number"] for row in screened.rows] == [n for n in range(1, 31) if n not in bad]
    assert all(row["campaign_id"] == f"c{row['_row_number']}" for row in screened.rows)
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (30, 30 - len(bad), len(bad))
    repeated = next(row for row in screened.quarantine if row["rule"] == "unique")
    assert repeated["reason"].endswith("as row 1 of the file")
    values = {row["row_number"]: row["value"] for row in screened.quarantine}
    assert (values[3], values[12], values[16]) == (changed[3], "c12,Spring,2024-01-01,2024-01-02", changed[16])


@pytest.mark.usefixtures("any_size")
@pytest.mark.parametrize("odd", ["", '5" pipe'], ids=["even", "odd"])
def test_line_breaks_within_quotes_stay_legal(read: Callable[..., Any], odd: str) -> None:
    changed = {
        2: 'c2,"Spring\n\n""and"", on\nMonday",2024-01-01,2024-01-02',
        3: '"c3", "a\nb" ,2024-01-01,2024-01-02,',
        4: 'c4,"x\ny",2024-01-01,',
        5: f"c5,{odd},2024-01-01,2024-01-02",
        6: "too,few",
    }
    screened = read(campaigns(8, changed), CAMPAIGNS)
    assert [row["_row_number"] for row in screened.rows] == [1, 2, 3, 5, 7, 8]
    names = [row["campaign_name"] for row in screened.rows]
    assert names == ["Spring", 'Spring\n\n"and", on\nMonday', "a\nb", odd or None, "Spring", "Spring"]
    assert {(row["row_number"], row["rule"]) for row in screened.quarantine} >= {(4, "required")}
    assert screened.tally.read == 8


def test_record_of_several_lines_with_too_many_fields(read: Callable[..., Any]) -> None:
    screened = read(campaigns(5, {3: 'c3,"a\nb",2024-01-01,2024-01-02,more'}), CAMPAIGNS)
    assert [(row["row_number"], row["value"]) for row in screened.quarantine] == [
        (3, 'c3,"a'), (4, 'b",2024-01-01,2024-01-02,more')
    ]  # fmt: skip
    assert [row["_row_number"] for row in screened.rows] == [1, 2, 5, 6]


def test_quote_that_swallows_more_than_a_record_may_hold(read: Callable[..., Any]) -> None:
    count = 60_000
    changed = {100: stray(100), count - 5: stray(count - 5)}
    screened = read(campaigns(count, changed), CAMPAIGNS)
    assert (screened.tally.read, screened.tally.good, screened.tally.bad) == (count, 104, count - 104)
    assert screened.quarantine[-1]["row_number"] == count - 5


def test_quote_that_swallows_too_much(read: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotes, "MAX_REJECTED_LINES", 1000)
    with pytest.raises(RefusedFileError, match="opens on line 2501 .*swallows 1501 lines, too many .*close or double"):
        read(campaigns(4000, {2500: stray(2500)}), CAMPAIGNS)


def test_quote_that_swallows_the_header(read: Callable[..., Any]) -> None:
    content = campaigns(9, {}).replace(b"campaign_name", b'"campaign_name', 1)
    with pytest.raises(RefusedFileError, match="opens on line 1 .*swallows 10 lines, with the header"):
        read(content, CAMPAIGNS)
