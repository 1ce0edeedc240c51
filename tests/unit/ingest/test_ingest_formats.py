"""The same rows read alike from every format and dialect."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CAMPAIGNS = {"entity": "campaigns"}
HEADER = "campaign_id,campaign_name,start_date,end_date\n"
EXPECTED = [
    ("1", 'Été; "2,3"', date(2024, 1, 1), date(2024, 2, 1)),
    ("2", None, date(2024, 1, 2), date(2024, 2, 2)),
]


def values(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(r["campaign_id"], r["campaign_name"], r["start_date"], r["end_date"]) for r in rows]


def as_csv(delimiter: str = ",", end: str = "\n") -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)
    writer.writerow(["campaign_id", "campaign_name", "start_date", "end_date"])
    writer.writerows(EXPECTED)
    return text.getvalue()


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


@pytest.mark.parametrize(
    ("content", "name", "options"),
    [
        (as_csv().encode(), "a.csv", {}),
        (as_csv(end="\r\n").encode(), "a.csv", {}),
        (as_csv(end="\r").encode(), "a.csv", {}),
        (as_csv("\t", "\r").encode(), "a.tsv", {}),
        (as_csv("|").encode(), "a.txt", {"delimiter": "|"}),
        (as_csv().replace("\n", "\r\n", 1).encode(), "a.csv", {}),
        (as_csv().encode("utf-8-sig"), "a.csv", {}),
        (as_csv().encode("latin-1"), "a.csv", {"encoding": "latin-1"}),
        (as_csv().encode("cp1252"), "a.csv", {"encoding": "cp1252"}),
        (as_csv().encode("utf-16"), "a.csv", {"encoding": "utf-16"}),
        (gzip.compress(as_csv().encode()), "a.csv.gz", {}),
        (gzip.compress(as_csv().encode()), "misnamed.csv", {}),
        (zstd(as_csv().encode()), "a.csv.zst", {}),
        (gzip.compress(as_csv(end="\r").encode("latin-1")), "a.csv.gz", {"encoding": "latin-1"}),
        (as_csv().rstrip("\n").encode(), "a.csv", {}),
        (as_csv().split("\n", 1)[1].encode(), "a.csv",
         {"header": False, "names": ["campaign_id", "campaign_name", "start_date", "end_date"]}),
        (as_csv().replace(",,", ",NULL,").encode(), "a.csv", {"nulls": ["NULL"]}),
        (as_csv().encode(), "a[1]*?{x}.csv", {}),
        (as_csv().encode(), "it's; drop table.csv", {}),
    ],
    ids=["lf", "crlf", "cr", "tsv-cr", "pipe", "mixed-ends", "bom", "latin-1", "cp1252", "utf-16", "gzip",
         "gzip-misnamed", "zstd", "gzip-latin-1-cr", "no-last-end", "no-header", "null-text", "glob-name", "quoted"],
)  # fmt: skip
def test_csv_dialects(read: Callable[..., Any], content: bytes, name: str, options: dict[str, Any]) -> None:
    screened = read(content, CAMPAIGNS | options, name)
    assert values(screened.rows) == EXPECTED
    assert screened.quarantine == []


def test_json_lines(read: Callable[..., Any]) -> None:
    content = (
        '{"campaign_id": 1, "campaign_name": "Été; \\"2,3\\"", "start_date": "2024-01-01", "end_date": "2024-02-01"}\n'
        "not json\n\n"
        '{"end_date": "2024-02-02", "start_date": "2024-01-02", "campaign_id": "2", "later_key": {"a": [1]}}\n'
        "[1]\n"
    )
    screened = read(content, CAMPAIGNS, "a.jsonl")
    assert values(screened.rows) == EXPECTED
    assert [row["_row_number"] for row in screened.rows] == [1, 3]
    assert screened.broken() == [(2, None, "malformed"), (4, None, "malformed")]
    assert screened.unknown == ("later_key",)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_json_lines_end_at_line_ends_only(
    read: Callable[..., Any], end: str, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    names = ["a\u2028b\u2029c\u0085d", "e\x7ff", "g h"]
    lines = [
        f'{{"campaign_id": "{n}", "campaign_name": "{name}", "start_date": "2024-01-01", "end_date": "2024-02-01"}}'
        for n, name in enumerate(names)
    ]
    screened = read(pack(end.join([*lines, "", ""]).encode(encoding)), CAMPAIGNS | {"encoding": encoding}, "a.jsonl")
    assert [row["campaign_name"] for row in screened.rows] == names
    assert screened.quarantine == []


def test_form_feed_in_json_lines_is_one_bad_record(read: Callable[..., Any]) -> None:
    good = '{"campaign_id": "2", "start_date": "2024-01-01", "end_date": "2024-02-01"}'
    screened = read(f'{{"campaign_id": "1", "campaign_name": "a\x0cb\x0bc\x1cd"}}\n{good}\n', CAMPAIGNS, "a.jsonl")
    assert [(row["campaign_id"], row["_row_number"]) for row in screened.rows] == [("2", 2)]
    # JSON wants control characters escaped.
    assert screened.broken() == [(1, None, "malformed")]


def test_workbook(read: Callable[..., Any], tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["unused"])
    sheet = book.create_sheet("Campaigns")
    sheet.append(["campaign_id", "campaign_name", "start_date", "end_date"])
    sheet.append([1, EXPECTED[0][1], datetime(2024, 1, 1), date(2024, 2, 1)])  # noqa: DTZ001
    sheet.append([])
    sheet.append(["2", None, "2024-01-02", "2024-02-02"])
    book.save(tmp_path / "book.xlsx")
    screened = read((tmp_path / "book.xlsx").read_bytes(), CAMPAIGNS | {"sheet": "Campaigns"}, "b.xlsx")
    assert values(screened.rows) == EXPECTED


def test_parquet(read: Callable[..., Any], tmp_path: Path) -> None:
    table = pa.table(
        {
            "campaign_id": pa.array([1, 2]),
            "campaign_name": pa.array([EXPECTED[0][1], None]),
            "start_date": pa.array([datetime(2024, 1, 1), datetime(2024, 1, 2)]),  # noqa: DTZ001
            "end_date": pa.array([date(2024, 2, 1), date(2024, 2, 2)]),
        }
    )
    pq.write_table(table, tmp_path / "t.parquet", compression="zstd")
    assert values(read((tmp_path / "t.parquet").read_bytes(), CAMPAIGNS, "u.parquet").rows) == EXPECTED


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_decimals_stay_exact(read: Callable[..., Any], name: str) -> None:
    amounts = ["12345678901234.5678", "0.1", "0.2", "-99999999999999.9999", "1e-4", "7"]
    if name == "a.csv":
        lines = ["id,net", *(f"{n},{amount}" for n, amount in enumerate(amounts))]
    else:
        lines = [f'{{"id": {n}, "net": {amount}}}' for n, amount in enumerate(amounts)]
    columns = {
        "transaction_id": "id",
        "line_number": {"constant": 1},
        "sold_at": {"constant": "2024-01-01T00:00:00Z"},
        "sale_date": {"constant": "2024-01-01"},
        "location_id": {"constant": "S1"},
        "channel": {"constant": "store"},
        "product_id": {"constant": "P"},
        "quantity": {"constant": 1},
        "uom": {"constant": "EA"},
        "net_amount": "net",
        "currency": {"constant": "EUR"},
    }
    rows = read("\n".join(lines) + "\n", {"entity": "sales_lines", "columns": columns}, name).rows
    assert [row["net_amount"] for row in rows] == [Decimal(amount) for amount in amounts]
    assert sum(row["net_amount"] for row in rows[1:3]) == Decimal("0.3")
    assert rows[0]["sold_at"] == datetime(2024, 1, 1, tzinfo=UTC)


def test_header_only_file_is_an_empty_delivery(read: Callable[..., Any]) -> None:
    screened = read(HEADER, CAMPAIGNS)
    assert (screened.rows, screened.quarantine, screened.tally.read) == ([], [], 0)


# What a csv can hold: no NUL, no surrogates, and a lone CR only in its own dialect.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=30)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(TEXT, min_size=1, max_size=20), delimiter=st.sampled_from(",;\t|"))
def test_any_text_survives_a_csv(read: Callable[..., Any], names: list[str], delimiter: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["campaign_id", "campaign_name", "start_date", "end_date"])
    writer.writerows([n, name, "2024-01-01", "2024-01-01"] for n, name in enumerate(names))
    screened = read(text.getvalue(), CAMPAIGNS | {"delimiter": delimiter})
    assert [row["campaign_name"] for row in screened.rows] == [name or None for name in names]
    assert [row["_row_number"] for row in screened.rows] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_malformed_line_is_kept_without_its_line_ends(read: Callable[..., Any], end: str) -> None:
    good = [f"c{n},Spring,2024-01-01,2024-01-02" for n in range(40_000)]
    lines = ["campaign_id,campaign_name,start_date,end_date", *good, "c,Spring,2024-01-01,2024-01-02,too,many"]
    screened = read("".join(line + end for line in lines).encode(), CAMPAIGNS, "a.csv")
    assert [row["value"] for row in screened.quarantine] == ["c,Spring,2024-01-01,2024-01-02,too,many"]
