"""Passes over one file: its judged rows, all at once, as they come, or after a first pass that counts.

A small file is read once and its keys are compared in memory. A larger one may be read hopefully: rows are handed out
as they come, so that memory does not grow with the file, and are taken back should a key repeat. Without hope it is
read twice: once to count rows and find repeated keys, once to hand them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import pyarrow as pa

from ingest import rejects
from ingest.inspection import RefusedFileError
from ingest.keys import KeyHashes
from ingest.mapping import FeedMapping
from ingest.queries import FileQueries
from ingest.readers import Extract
from ingest.spool import Rejected
from ingest.workspace import Workspace

BATCH_ROWS = 20_480


@dataclass(frozen=True)
class Reading:
    """The judged rows of a file, with what is known of it before they are taken.

    Attributes:
        batches: Judged rows as Arrow batches, to be taken once; at least one, possibly without rows.
        rejected: Lines that DuckDB could not take apart, by position; none yet where it reads hopefully.
        filtered: Rows that ``where`` or ``keep`` leaves out, or an inner join in ``joins``.
        hashes: Where to keep the hashes of the keys handed out, None when repeated keys are known.
    """

    batches: Iterable[Any] = field(repr=False)
    rejected: tuple[Rejected, ...] = ()
    filtered: int = 0
    hashes: KeyHashes | None = field(default=None, repr=False)


def begin(
    workspace: Workspace, mapping: FeedMapping, extract: Extract, queries: FileQueries, *, hopeful: bool
) -> Reading:
    """Begin to read a file, in as few passes as it allows.

    Args:
        workspace: Where to read it.
        mapping: Feed with contract.
        extract: The file.
        queries: Statements over it.
        hopeful: Read a file once, as if it had neither repeated keys nor malformed lines.

    Raises:
        RefusedFileError: the joins multiply its rows, or too many lines are malformed.
        duckdb.Error: it cannot be read.
    """
    one_to_one = not (mapping.feed.where or mapping.feed.joins or mapping.feed.keep)
    if extract.is_small and one_to_one:
        return Reading(_read_at_once(workspace, queries), rejects.take(workspace, extract))
    if hopeful and one_to_one:
        batches = _stream(workspace, queries.judged_rows(has_repeated=False, with_hash=True))
        return Reading(batches, hashes=KeyHashes(workspace.scratch(".keys")))
    filtered, has_repeated, rejected = _count(workspace, queries, extract, joins=bool(mapping.feed.joins))
    batches = _stream(workspace, queries.judged_rows(has_repeated=has_repeated, with_hash=False))
    return Reading(batches, rejected, filtered)


def _read_at_once(workspace: Workspace, queries: FileQueries) -> list[Any]:
    table = workspace.table(queries.judged_rows(has_repeated=False, with_hash=True))
    hashes = KeyHashes(workspace.scratch(".keys"))
    hashes.add(table.column("_hash").to_numpy())
    if hashes.has_repeated():
        workspace.duck.execute(queries.find_repeated())
        table = workspace.table(queries.judged_rows(has_repeated=True, with_hash=True))
    return table.to_batches(BATCH_ROWS) or [_empty(table.schema)]


def _count(
    workspace: Workspace, queries: FileQueries, extract: Extract, *, joins: bool
) -> tuple[int, bool, tuple[Rejected, ...]]:
    """Return the number of filtered rows, whether keys repeat, and the rejected lines."""
    rows, kept, repeated = workspace.duck.execute(queries.counts()).fetchall()[0]
    rejected = rejects.take(workspace, extract)
    if joins:
        joined, rows = rows, workspace.duck.execute(f"select count(*) from {extract.relation}").fetchall()[0][0]
        if joined > rows:
            raise RefusedFileError(
                f"joins turn its {rows} rows into {joined}: a lookup has several rows per key; make its key unique"
            )
    if repeated:
        workspace.duck.execute(queries.find_repeated())
    return rows - kept, bool(repeated), rejected


def _stream(workspace: Workspace, query: str) -> Iterator[Any]:
    reader = workspace.duck.sql(query).to_arrow_reader(BATCH_ROWS)
    return chain([_empty(reader.schema)], reader)


def _empty(schema: Any) -> Any:
    return pa.RecordBatch.from_arrays([pa.nulls(0, column.type) for column in schema], schema=schema)
