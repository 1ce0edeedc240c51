"""Workbooks, JSON lines and database rows written as one canonical csv, so that texts and decimals stay exact.

Canonical: UTF-8, comma, LF, values always in quotes, null as nothing between the commas, no header,
a mark as first field of every line.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from ingest import workbook
from ingest.inspection import RefusedFileError, TextTraits, open_binary, reason

MAX_REJECTED_TEXT = 2_000
# Keys that differ from line to line are data, not columns.
MAX_KEYS = 5_000
# First field of every line: without it a row of one null would be a blank line, which readers skip.
ROW_MARK = "1"


@dataclass(frozen=True)
class Rejected:
    """A record that could not be taken apart into fields.

    Attributes:
        position: Its place among the records of the file, from 1 = first record of data.
        text: The record, cut to a bearable length.
        reason: What is wrong with it.
    """

    position: int
    text: str
    reason: str


@dataclass(frozen=True)
class Spool:
    """A written csv.

    Attributes:
        path: The csv.
        columns: Names of its columns.
        rejected: Records that could not be written.
    """

    path: Path
    columns: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()


def spool_workbook(path: Path, sheet: str | None, target: Path) -> Spool:
    """Write a sheet of an Excel workbook; its first row names the columns, blank rows are left out.

    Raises:
        RefusedFileError: it cannot be read, or not to its end.
    """
    rows = workbook.read_sheet(path, sheet)
    header = next(rows)
    with target.open("w", encoding="utf-8", newline="") as output:
        for row in rows:
            write_row(output, row)
    return Spool(target, tuple("" if name is None else str(name) for name in header))


def spool_json_lines(path: Path, traits: TextTraits, encoding: str, target: Path) -> Spool:
    """Write JSON lines; columns are all keys met, in the order of meeting them.

    Args:
        path: The file.
        traits: Its compression and line ends.
        encoding: Its character encoding.
        target: csv to write.

    Raises:
        RefusedFileError: there are more keys than columns can be.
    """
    columns: dict[str, int] = {}
    rejected: list[Rejected] = []
    with open_binary(path, traits.compression) as stream, target.open("w", encoding="utf-8", newline="") as output:
        for position, line in enumerate(_lines(stream, encoding, traits.line_end), start=1):
            try:
                # A double would lose digits.
                record = json.loads(line, parse_float=Decimal)
                if not isinstance(record, dict):
                    raise TypeError("the line is not a JSON object")
                write_row(output, _ordered(record, columns))
            except (ValueError, TypeError, RecursionError) as error:
                rejected.append(Rejected(position, line[:MAX_REJECTED_TEXT], f"is no JSON object: {reason(error)}"))
            if len(columns) > MAX_KEYS:
                raise RefusedFileError(f"its objects have more than {MAX_KEYS} different keys: those are data")
    return Spool(target, tuple(columns), tuple(rejected))


def _lines(stream: BinaryIO, encoding: str, line_end: str) -> Iterator[str]:
    # A named line end: other readers also split at characters that JSON allows within texts, such as U+2028.
    for line in io.TextIOWrapper(stream, encoding, newline=line_end):
        stripped = line.removeprefix("\ufeff").strip()
        if stripped:
            yield stripped


def _ordered(record: dict[str, Any], columns: dict[str, int]) -> list[Any]:
    for key in record:
        columns.setdefault(key, len(columns))
    values: list[Any] = [None] * len(columns)
    for key, value in record.items():
        values[columns[key]] = value
    return values


def write_row(output: TextIO, values: Iterable[Any]) -> None:
    """Write one record; its values in the order of the columns."""
    fields = ("" if value is None else '"' + _text(value).replace('"', '""') + '"' for value in values)
    output.write(",".join((ROW_MARK, *fields)) + "\n")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=float)
    return str(value)
