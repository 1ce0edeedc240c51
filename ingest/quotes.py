"""Quotes of a csv that are not closed where they should be: each line that they swallow is set aside as a line.

A quote that nobody closed reaches up to the next one, or to the end of the file. To DuckDB all that is one record, so
that one stray character would take thousands of records away as a single one; in large files it even depends on the
places where threads begin how many. Here the lines are found and named one by one, and a copy without them is read.

Line breaks within quotes are legal: a record of several lines that has the fields of the header stays as it is.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.inspection import RefusedFileError, open_binary
from ingest.spool import MAX_REJECTED_TEXT, Rejected

# A longer record is quarantined: it is an unclosed quote, or no extract.
MAX_LINE_BYTES = 256 << 10
MAX_REJECTED_LINES = 100_000
# Set aside lines are kept in memory.
MAX_SET_ASIDE_BYTES = 64 << 20


@dataclass(frozen=True)
class CsvText:
    """A csv in UTF-8.

    Attributes:
        path: The file.
        compression: How it is packed.
        delimiter: Field separator.
        quote: Quote character.
        width: Number of fields in the header.
        has_header: True when its first record names the columns.
    """

    path: Path
    compression: str
    delimiter: str
    quote: str
    width: int
    has_header: bool


@dataclass(frozen=True)
class Swallowed:
    """Lines that quotes swallow.

    Attributes:
        rejected: They, one by one, by position among all records of the file.
        ranges: First and last line of each quote's, by number in the file from 1.
    """

    rejected: tuple[Rejected, ...]
    ranges: tuple[tuple[int, int], ...]


def find(text: CsvText) -> Swallowed:
    """Read a csv through and return the lines that quotes swallow: of records that take several lines and are wrong.

    Raises:
        RefusedFileError: there are more than can be set aside, or the header is among them; the message names the line
            on which the quote opens.
    """
    search = _Search(text)
    for number, line in enumerate(_lines(text), start=1):
        search.feed(number, line)
    search.finish()
    return Swallowed(tuple(search.rejected), tuple(search.ranges))


def copy_without(text: CsvText, ranges: tuple[tuple[int, int], ...], target: Path) -> None:
    """Copy a csv without ranges of lines, unpacked."""
    left_out = iter(ranges)
    first, last = next(left_out, (0, 0))
    with target.open("w", encoding="utf-8", newline="") as copy:
        for number, line in enumerate(_lines(text), start=1):
            if number > last > 0:
                first, last = next(left_out, (0, 0))
            if not first <= number <= last:
                copy.write(line)


def _lines(text: CsvText) -> Iterator[str]:
    with open_binary(text.path, text.compression) as stream:
        # Line ends of every kind end a line, and stay as they are.
        yield from io.TextIOWrapper(stream, "utf-8", newline="")


class _Record:
    """A record with quotes, as far as it has been read.

    Attributes:
        first_line: Number of its first line.
        last_line: Number of its last line so far.
        lines: Its lines, as long as they are few enough for one record.
        byte_count: Their size.
        field_count: Its fields so far.
        ends_empty: True when the last of them is empty, which readers forgive as one too many.
        is_open: True within a quote.
        is_broken: True after text that follows a closing quote within a field.
        quote_line: Number of the line on which the last quote opened that was not closed on its line.
    """

    def __init__(self, number: int) -> None:
        self.first_line = self.last_line = self.quote_line = number
        self.lines: list[str] = []
        self.byte_count = 0
        self.field_count = 1
        self.ends_empty = False
        self.is_open = False
        self.is_broken = False
        self._opened_on = number

    def feed(self, number: int, line: str, text: CsvText) -> None:
        """Take the next line."""
        self.last_line = number
        self.byte_count += len(line.encode())
        position = 0 if self.is_open else self._enter(number, line, 0, text)
        while True:
            if self.is_open and (position := _after_quote(line, position, text.quote)) < 0:
                self.quote_line = self._opened_on
                return
            stop = line.find(text.delimiter, position)
            rest = line[position : stop if stop >= 0 else None].strip(" \r\n")
            self.is_broken |= self.is_open and bool(rest)
            self.ends_empty = not (self.is_open or rest)
            self.is_open = False
            if stop < 0:
                return
            self.field_count += 1
            position = self._enter(number, line, stop + 1, text)

    def _enter(self, number: int, line: str, position: int, text: CsvText) -> int:
        """Begin a field, and return where its text begins; readers pass over spaces before a quote."""
        start = position
        while text.delimiter != " " and line.startswith(" ", start):
            start += 1
        if not line.startswith(text.quote, start):
            return position
        self.is_open, self._opened_on = True, number
        return start + 1


def _after_quote(line: str, position: int, quote: str) -> int:
    """Return the place after the quote that closes, -1 if none does on this line."""
    while (end := line.find(quote, position)) >= 0:
        if not line.startswith(quote, end + 1):
            return end + 1
        position = end + 2
    return -1


class _Search:
    """Records so far, and what was set aside of them."""

    def __init__(self, text: CsvText) -> None:
        self.rejected: list[Rejected] = []
        self.ranges: list[tuple[int, int]] = []
        self._text = text
        # The header has the place 0.
        self._position = 0 - text.has_header
        self._byte_count = 0
        self._record: _Record | None = None

    def feed(self, number: int, line: str) -> None:
        """Take the next line of the file."""
        if number == 1:
            line = line.removeprefix("\ufeff")
        if self._record is None:
            # Most lines have no quote.
            if self._text.quote not in line:
                self._position += not _is_blank(line)
                return
            self._record = _Record(number)
        record = self._record
        record.feed(number, line, self._text)
        if record.byte_count <= MAX_LINE_BYTES or record.first_line == number:
            record.lines.append(line)
        else:
            self._set_aside(record, line)
        if not record.is_open:
            self._end(record)

    def finish(self) -> None:
        """Take the end of the file."""
        if self._record is not None:
            self._end(self._record)

    def _end(self, record: _Record) -> None:
        self._record = None
        has_fields = self._text.width in (record.field_count, record.field_count - record.ends_empty)
        is_whole = has_fields and not (record.is_open or record.is_broken)
        is_short = record.byte_count <= MAX_LINE_BYTES
        if record.first_line == record.last_line or (is_whole and is_short):
            self._position += 1
            return
        self._set_aside(record)
        self.ranges.append((record.first_line, record.last_line))
        self._require_few(record)

    def _set_aside(self, record: _Record, *more: str) -> None:
        """Set the lines aside that wait in a record, and more."""
        reason = (
            f"lies in a quote that opens on line {record.quote_line} of the file and is not closed, or not doubled: "
            "close or double it there"
        )
        for line in (*record.lines, *more):
            shown = line.strip("\r\n")[:MAX_REJECTED_TEXT]
            if _is_blank(line):
                continue
            self._position += 1
            self._byte_count += len(shown)
            # Beyond the limits lines are only counted, for the message.
            if len(self.rejected) < MAX_REJECTED_LINES and self._byte_count < MAX_SET_ASIDE_BYTES:
                self.rejected.append(Rejected(self._position, shown, reason))
        record.lines.clear()

    def _require_few(self, record: _Record) -> None:
        takes_header = bool(self.rejected) and self.rejected[0].position < 1
        if not takes_header and len(self.rejected) < MAX_REJECTED_LINES and self._byte_count < MAX_SET_ASIDE_BYTES:
            return
        count = record.last_line - record.first_line + 1
        why = "with the header" if takes_header else "too many to set them aside"
        raise RefusedFileError(
            f"a quote opens on line {record.quote_line} and is not closed, or not doubled: it swallows {count} lines, "
            f"{why}; close or double it, and deliver the file again"
        )


def _is_blank(line: str) -> bool:
    return not line.strip("\r\n")
