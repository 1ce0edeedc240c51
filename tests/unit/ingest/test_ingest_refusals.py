"""Files that are refused whole, each with a message that says why and what to do."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingest.feeds import FileOptions
from ingest.inspection import RefusedFileError
from ingest.locations import find_files

CAMPAIGNS = {"entity": "campaigns"}
HEADER = b"campaign_id,start_date,end_date\n"
GOOD = HEADER + b"".join(b"c%d,2024-01-01,2024-01-02\n" % n for n in range(20_000))


def zstd(data: bytes) -> bytes:
    return bytes(pa.Codec("zstd").compress(data, asbytes=True))


def parquet(rows: int, columns: int = 1) -> bytes:
    buffer = io.BytesIO()
    more = {f"column_{number}": [""] * rows for number in range(1, columns)}
    pq.write_table(pa.table({"campaign_id": [str(n) for n in range(rows)]} | more), buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "options", "message"),
    [
        (b"", "a.csv", {}, "the file is empty"),
        (b"", "a.parquet", {}, "the file is empty"),
        (gzip.compress(b""), "a.csv.gz", {}, "the file is empty"),
        (b"campaign_id,end_date\n1,2024-01-01\n", "a.csv", {}, "required column start_date is missing; the file has"),
        (b"campaign_id;start_date;end_date\n", "a.csv", {}, "correct columns, delimiter or header"),
        (HEADER + "é,2024-01-01,2024-01-02\n".encode("latin-1"), "a.csv", {}, "not utf-8: .* near byte 32"),
        (GOOD + b"\xff", "a.csv", {}, "not utf-8"),
        (HEADER + b"\xff", "a.csv", {"encoding": "ascii"}, "not ascii"),
        (gzip.compress(GOOD)[:-2000], "a.csv.gz", {}, "gzip stream is damaged or cut off"),
        (zstd(GOOD)[:-2000], "a.csv.zst", {}, "zstd stream is damaged or cut off"),
        (b"\x1f\x8bnot gzip at all", "a.csv.gz", {}, "gzip stream is damaged"),
        (gzip.compress(HEADER + b"0\n" * (50 << 20)), "a.csv.gz", {}, "like a decompression bomb"),
        (b"x" * 10_000_000, "a.csv", {}, "first line is longer than"),
        (GOOD + b"x," * 600_000 + b"\n" + GOOD, "a.csv", {}, "has a line longer than 1048576 bytes"),
        (b'{"campaign_id": "1"}\n{"a": "%s"}' % (b"x" * 1_200_000), "a.jsonl", {}, "has a line longer than 1048576"),
        (b"a," * 400_000 + b"b\n", "a.csv", {}, "it has 400001 columns, more than 5000"),
        (HEADER + b"1\0,2024-01-01,2024-01-02\n", "a.csv", {}, "the first at byte offset 33:"),
        (GOOD + (b"x" * 999 + b"\n") * 1500 + b"1\0,\0\n", "a.csv", {},
         f"the first at byte offset {len(GOOD) + 1_500_001}:"),
        (HEADER.decode().encode("utf-16"), "a.csv", {}, "is UTF-16 and not utf-8; save it as UTF-8, or declare"),
        (b"\xfe\xff" + HEADER.decode().encode("utf-16-be"), "a.csv", {}, "or declare encoding: utf-16 in sources.yml"),
        (gzip.compress(HEADER.decode().encode("utf-32")), "a.csv.gz", {}, "declare encoding: utf-32"),
        ((HEADER + b"1\0,2024-01-01,2024-01-02\r\n\n").decode().encode("utf-16"), "a.csv", {"encoding": "utf-16"},
         "holds NUL characters"),
        (parquet(3), "a.csv", {}, "holds a NUL byte|not utf-8"),
        (parquet(3)[:-30], "a.parquet", {}, "no readable parquet file"),
        (parquet(3, columns=5_001), "a.parquet", {}, "it has 5001 columns, more than 5000"),
        (b"PK no zip", "a.xlsx", {}, "no readable xlsx workbook"),
        (b"campaign_id", "a.dat", {}, "does not tell the format: declare format"),
        (b'{"%s": 1}\n' % b'": 1, "'.join(b"k%d" % n for n in range(5_001)), "a.jsonl", {}, "5000 different keys"),
    ],
    ids=["empty", "empty-parquet", "empty-gzip", "missing-column", "wrong-delimiter", "latin-1", "cut-character",
         "ascii", "cut-gzip", "cut-zstd", "no-gzip", "bomb", "long-header", "long-line", "long-json",
         "many-columns", "nul", "late-nul", "utf-16", "utf-16-be", "utf-32",
         "nul-utf-16", "binary", "cut-parquet", "wide-parquet", "no-workbook", "no-format",
         "keys"],
)  # fmt: skip
def test_refused_whole(
    read: Callable[..., Any], content: bytes, name: str, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefusedFileError, match=message):
        read(content, CAMPAIGNS | options, name)


def test_workbook_without_the_sheet_or_rows(read: Callable[..., Any], tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "b.xlsx")
    content = (tmp_path / "b.xlsx").read_bytes()
    with pytest.raises(RefusedFileError, match="no sheet 'Data'; there are Sheet"):
        read(content, CAMPAIGNS | {"sheet": "Data"}, "c.xlsx")
    with pytest.raises(RefusedFileError, match="the sheet is empty"):
        read(content, CAMPAIGNS, "c.xlsx")


def test_workbook_bomb(read: Callable[..., Any]) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (100 << 20))
    with pytest.raises(RefusedFileError, match="decompression bomb"):
        read(buffer.getvalue(), CAMPAIGNS, "c.xlsx")


def test_expression_over_a_missing_column(read: Callable[..., Any]) -> None:
    columns = {"campaign_id": {"sql": "src.nowhere"}, "start_date": "start_date", "end_date": "end_date"}
    with pytest.raises(RefusedFileError, match="cannot be read as sources.yml says: .*nowhere"):
        read(HEADER, CAMPAIGNS | {"columns": columns})


@pytest.mark.parametrize(
    "feed",
    [
        {"where": "campaign_id::integer > 0"},
        {"where": "campaign_id::integer > 0", "columns": {"campaign_id": {"sql": "upper(campaign_id)"}}},
        {"columns": {"campaign_id": {"sql": "max(campaign_id::integer) over ()"}}},
        {"columns": {"campaign_id": {"sql": "(select campaign_id::integer + 1)"}}},
        {"columns": {"campaign_id": {"sql": "error(campaign_id)"}}},
    ],
    ids=["where", "where-beside-others", "window", "subquery", "volatile"],
)
def test_expression_that_cannot_be_tried_row_by_row(read: Callable[..., Any], feed: dict[str, Any]) -> None:
    columns = {name: name for name in ("campaign_id", "start_date", "end_date")} | feed.get("columns", {})
    with pytest.raises(RefusedFileError, match=r"sources.yml says: (Conversion|Invalid Input) Error"):
        read(HEADER + b"x,2024-01-01,2024-01-02\n", CAMPAIGNS | feed | {"columns": columns})


def test_lookup_with_several_rows_per_key(read: Callable[..., Any]) -> None:
    feed = CAMPAIGNS | {
        "lookups": {"names": {"files": "names.csv"}},
        "joins": "left join names on src.campaign_id = names.id",
    }
    with pytest.raises(RefusedFileError, match="joins turn its 1 rows into 2"):
        read(HEADER + b"1,2024-01-01,2024-01-02\n", feed, names="select unnest(['1', '1']) as id")


def test_file_outside_its_location(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "secret.csv").write_bytes(HEADER)
    (inside / "own.csv").write_bytes(HEADER)
    (inside / "link.csv").symlink_to(outside / "secret.csv")
    (inside / "alias.csv").symlink_to(inside / "own.csv")
    found = {file.name: file.problem for file in find_files(str(inside), FileOptions(files="*.csv"))}
    assert found["own.csv"] is None
    assert found["alias.csv"] is None
    assert "lies outside" in (found["link.csv"] or "")
    (escaped,) = find_files(str(inside), FileOptions(files="../out/*.csv"))
    assert "lies outside" in (escaped.problem or "")


def test_name_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"sales_\xe9.csv")).write_bytes(HEADER)
    (tmp_path / "sales_é.csv").write_bytes(HEADER)
    found = {file.name: file.problem for file in find_files(str(tmp_path), FileOptions(files="*.csv"))}
    assert found == {"sales_\\xe9.csv": "its name is not UTF-8: rename it", "sales_é.csv": None}


def test_name_without_the_date_it_needs(tmp_path: Path) -> None:
    (tmp_path / "a_2024-13-45.csv").write_bytes(HEADER)
    (file,) = find_files(str(tmp_path), FileOptions(files="*.csv"), r"(\d{4}-\d{2}-\d{2})")
    assert "holds no date as file_date" in (file.problem or "")
