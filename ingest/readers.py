"""Files and database rows as DuckDB relations of raw texts (csv and the like) or of typed columns (parquet)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import quotes, spool
from ingest.feeds import FileOptions
from ingest.inspection import (
    CHUNK_BYTES,
    MAX_HEADER_BYTES,
    RefusedFileError,
    TextTraits,
    file_format,
    inspect_text,
    open_binary,
    reason,
)
from ingest.quotes import MAX_LINE_BYTES, MAX_REJECTED_LINES, CsvText
from ingest.spool import MAX_REJECTED_TEXT, Rejected
from ingest.workspace import Workspace, identifier, literal

MAX_COLUMNS = 5_000
SMALL_BYTES = 4 << 20
PARQUET_VALUE_BYTES = 8
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_GLOB_CHARACTERS = frozenset("*?[]{}")
# Names that checks and mappings use for themselves; a file's column of the same name gets a number appended.
RESERVED = ("_row_number", "_row_mark", "_file_name", "_file_date")


@dataclass(frozen=True)
class Extract:
    """A file ready to be queried.

    Attributes:
        relation: Table function for a FROM clause; its columns are called as in columns.
        columns: Column names, unique without regard to case.
        is_csv: True when DuckDB takes lines apart and may reject some.
        rejected: Records rejected before DuckDB saw them.
        header_lines: Records before the first record of data.
        is_small: True when all its rows fit into memory many times over.
        set_aside: Opens the same file without the lines that a quote swallows, which it has in rejected; None where
            no quote can swallow any.
    """

    relation: str
    columns: tuple[str, ...]
    is_csv: bool
    rejected: tuple[Rejected, ...] = ()
    header_lines: int = 0
    is_small: bool = False
    set_aside: Callable[[], Extract] | None = field(default=None, repr=False, compare=False)


def open_file(workspace: Workspace, path: Path, name: str, options: FileOptions) -> Extract:
    """Open a file.

    Args:
        workspace: Where to read it.
        path: The file.
        name: Name that tells its format.
        options: How to read it.

    Raises:
        RefusedFileError: it cannot be read; the message says why and what to do.
    """
    kind = file_format(name, options)
    if kind == "parquet":
        return _open_parquet(workspace, path)
    if kind in ("csv", "tsv"):
        return _open_csv(workspace, path, options, options.delimiter or _DELIMITERS[kind])
    target = workspace.scratch(".csv")
    if kind == "xlsx":
        return open_spool(spool.spool_workbook(path, options.sheet, target), options.nulls)
    traits = inspect_text(path, options.encoding)
    return open_spool(spool.spool_json_lines(path, traits, options.encoding, target), options.nulls)


def open_spool(written: spool.Spool, nulls: Sequence[str] = ()) -> Extract:
    """Open what was written as canonical csv."""
    if len(written.columns) > MAX_COLUMNS:
        raise _too_wide(len(written.columns))
    columns = unique_names(written.columns)
    options = "header = false, null_padding = true, parallel = false, allow_quoted_nulls = false, new_line = '\\n'"
    source = _read_csv(written.path, ("_row_mark", *columns), ",", '"', (), options)
    picked = ", ".join(_without(nulls, name) for name in columns) or "_row_mark"
    relation = f"(select {picked} from {source})"
    is_small = written.path.stat().st_size < SMALL_BYTES
    return Extract(relation, columns, is_csv=False, rejected=written.rejected, is_small=is_small)


def _without(nulls: Sequence[str], name: str) -> str:
    """Select a column with further null texts made null; the reader cannot, because all values are quoted."""
    column = identifier(name)
    texts = ", ".join(literal(text) for text in nulls)
    return f"case when {column} not in ({texts}) then {column} end as {column}" if nulls else column


def unique_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return column names made unique without regard to case: the second ``SKU`` becomes ``SKU_2``."""
    taken = set(RESERVED)
    last_numbers: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        base = name.strip() or f"column_{position}"
        candidate = base
        while candidate.lower() in taken:
            last_numbers[base.lower()] = last_numbers.get(base.lower(), 1) + 1
            candidate = f"{base}_{last_numbers[base.lower()]}"
        taken.add(candidate.lower())
        unique.append(candidate)
    return tuple(unique)


def _open_csv(workspace: Workspace, path: Path, options: FileOptions, delimiter: str) -> Extract:
    traits = inspect_text(path, options.encoding, options.quote)
    names = _header(path, traits, options, delimiter) if options.header else options.names
    if len(names) > MAX_COLUMNS:
        raise _too_wide(len(names))
    columns = unique_names(names)
    compression: str = traits.compression
    if codecs.lookup(options.encoding).name != "utf-8" or traits.has_mixed_line_ends:
        path, compression = _normalized(workspace, path, traits, options.encoding), "none"
    text = CsvText(path, compression, delimiter, options.quote, len(columns), options.header)
    extract = _of_text(workspace, text, columns, options.nulls, is_small=traits.byte_count < SMALL_BYTES)
    if not traits.quote_count:
        return extract
    # In a csv that is in order each quote has a partner. Where one has none DuckDB may reject nothing, and lose rows.
    set_aside = partial(_without_swallowed, workspace, text, extract, options.nulls)
    return set_aside() if traits.quote_count % 2 else replace(extract, set_aside=set_aside)


def _without_swallowed(workspace: Workspace, text: CsvText, extract: Extract, nulls: Sequence[str]) -> Extract:
    swallowed = quotes.find(text)
    if not swallowed.ranges:
        return extract
    copy = workspace.scratch(".txt")
    quotes.copy_without(text, swallowed.ranges, copy)
    rest = replace(text, path=copy, compression="none")
    opened = _of_text(workspace, rest, extract.columns, nulls, is_small=extract.is_small)
    return replace(opened, rejected=swallowed.rejected)


def _of_text(
    workspace: Workspace, text: CsvText, columns: tuple[str, ...], nulls: Sequence[str], *, is_small: bool
) -> Extract:
    reading = (
        f"header = {str(text.has_header).lower()}, compression = {literal(text.compression)}, store_rejects = true, "
        f"max_line_size = {MAX_LINE_BYTES}, rejects_limit = {MAX_REJECTED_LINES}, "
        f"rejects_line_size_limit = {MAX_REJECTED_TEXT}"
    )
    relation = _read_csv(_plainly_named(workspace, text.path), columns, text.delimiter, text.quote, nulls, reading)
    return Extract(relation, columns, is_csv=True, header_lines=int(text.has_header), is_small=is_small)


def _read_csv(
    path: Path, columns: Sequence[str], delimiter: str, quote: str, nulls: Sequence[str], options: str
) -> str:
    types = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in columns)
    null_texts = ", ".join(literal(text) for text in ("", *nulls))
    return (
        f"read_csv({literal(str(path))}, columns = {{{types}}}, auto_detect = false, delim = {literal(delimiter)}, "
        f"quote = {literal(quote)}, escape = {literal(quote)}, nullstr = [{null_texts}], hive_partitioning = false, "
        f"{options})"
    )


def _header(path: Path, traits: TextTraits, options: FileOptions, delimiter: str) -> list[str]:
    with open_binary(path, traits.compression) as stream:
        start = stream.read(MAX_HEADER_BYTES)
    text = codecs.getincrementaldecoder(options.encoding)().decode(start).removeprefix("\ufeff")
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=delimiter,
        quotechar=options.quote or None,
        quoting=csv.QUOTE_MINIMAL if options.quote else csv.QUOTE_NONE,
    )
    csv.field_size_limit(MAX_HEADER_BYTES)
    try:
        return next((line for line in lines if line), [])
    except csv.Error as error:
        raise RefusedFileError(f"its header cannot be taken apart: {error}; check delimiter and quote") from error


def _normalized(workspace: Workspace, path: Path, traits: TextTraits, encoding: str) -> Path:
    """Copy a text as UTF-8 with one kind of line end."""
    target = workspace.scratch(".txt")
    decoder = codecs.getincrementaldecoder(encoding)()
    carried = ""
    with open_binary(path, traits.compression) as stream, target.open("wb") as copy:
        while True:
            chunk = stream.read(CHUNK_BYTES)
            text = carried + decoder.decode(chunk, final=not chunk)
            # A CR at the end may be the first half of a pair.
            carried = "\r" if text.endswith("\r") and chunk else ""
            text = text.removesuffix(carried)
            if "\0" in text:
                raise RefusedFileError(f"it holds NUL characters: it is no text in {encoding}; check encoding")
            normal = text.replace("\r\n", "\n") if traits.has_mixed_line_ends else text
            copy.write(normal.encode("utf-8"))
            if not chunk:
                return target


def _open_parquet(workspace: Workspace, path: Path) -> Extract:
    if not path.stat().st_size:
        raise RefusedFileError("the file is empty (0 bytes): deliver it again")
    source = f"read_parquet({literal(str(_plainly_named(workspace, path)))}, hive_partitioning = false)"
    try:
        metadata = pq.read_metadata(path)
        if metadata.num_columns > MAX_COLUMNS:
            raise _too_wide(metadata.num_columns)
        names = [row[0] for row in workspace.duck.execute(f"describe select * from {source}").fetchall()]
    except (duckdb.Error, pa.ArrowException) as error:
        raise RefusedFileError(f"it is no readable parquet file ({reason(error)}): deliver it again") from error
    columns = unique_names(names)
    picked = ", ".join(
        f"{identifier(name)} as {identifier(column)}" for name, column in zip(names, columns, strict=True)
    )
    is_small = metadata.num_rows * len(columns) * PARQUET_VALUE_BYTES < SMALL_BYTES
    return Extract(f"(select {picked} from {source})", columns, is_csv=False, is_small=is_small)


def _too_wide(columns: int) -> RefusedFileError:
    return RefusedFileError(f"it has {columns} columns, more than {MAX_COLUMNS}: that is no extract")


def _plainly_named(workspace: Workspace, path: Path) -> Path:
    """Return a path whose name DuckDB does not take for a pattern."""
    if _GLOB_CHARACTERS.isdisjoint(str(path)):
        return path
    link = workspace.scratch(".link")
    link.symlink_to(path.resolve())
    return link
