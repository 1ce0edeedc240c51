"""One file against its contract: good rows as typed Arrow batches, bad rows with the rules they broke.

A large file is read twice: once to count rows and find repeated keys, once to type, check and hand out rows as they
come, so that memory does not grow with the file. A small one is read once and its keys are compared in memory. Only
when there are bad rows the file is read again, for the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingest import rejects
from ingest.checks import MALFORMED_RULE
from ingest.inspection import RefusedFileError
from ingest.mapping import FeedMapping, Selection
from ingest.queries import FileQueries, file_queries
from ingest.readers import Extract, Rejected
from ingest.workspace import Workspace

BATCH_ROWS = 20_480
_VERDICT_COLUMNS = ["_broken", "_first_row", "_hash"]


@dataclass
class Tally:
    """Rows counted so far; complete when all good batches have been taken.

    Attributes:
        read: Rows of data in the file.
        good: Rows that keep the contract.
        bad: Rows for quarantine, malformed records included.
        filtered: Rows that ``where`` leaves out.
    """

    read: int = 0
    good: int = 0
    bad: int = 0
    filtered: int = 0


@dataclass(frozen=True)
class Screening:
    """A file ready to hand out its rows.

    Attributes:
        workspace: Where it is read.
        queries: Statements over it.
        selection: How its columns map.
        rejected: Records that could not be taken apart, by position.
        tally: Row counts.
        batches: Judged rows, to be taken once.
        bad_rows: Parquet that will hold the bad rows; absent without any.
        found_rejects: True when DuckDB rejected lines.
    """

    workspace: Workspace
    queries: FileQueries
    selection: Selection
    rejected: tuple[Rejected, ...]
    tally: Tally
    batches: Iterable[Any] = field(repr=False)
    bad_rows: Path
    found_rejects: bool


def screen(
    workspace: Workspace, mapping: FeedMapping, extract: Extract, name: str, file_date: date | None
) -> Screening:
    """Prepare a file: apply the mapping, count rows, find repeated keys.

    Args:
        workspace: Where to read it; the lookups of the feed are tables there.
        mapping: Feed with contract.
        extract: The file.
        name: Its name, for expressions that use it.
        file_date: Date in its name, for expressions that use it.

    Raises:
        RefusedFileError: the file does not fit the mapping.
    """
    selection = mapping.select(extract)
    queries = file_queries(mapping, extract, selection, name, file_date)
    try:
        batches: Iterable[Any]
        if extract.is_small and not mapping.feed.where and not mapping.feed.joins:
            read, kept, batches = _read_at_once(workspace, queries)
            rejected = _rejected(workspace, extract)
        else:
            read, kept, batches, rejected = _read_in_passes(workspace, queries, extract, joins=bool(mapping.feed.joins))
    except duckdb.Error as error:
        raise refusal(error) from error
    tally = Tally(read=read + len(rejected), bad=len(rejected), filtered=read - kept)
    found = len(rejected) > len(extract.rejected)
    return Screening(workspace, queries, selection, rejected, tally, batches, workspace.scratch(".parquet"), found)


def good_batches(screening: Screening) -> Iterator[Any]:
    """Yield the good rows as Arrow batches: ``_row_number``, then the mapped fields in the order of the contract.

    Bad rows are set aside for quarantine_batches; the tally is complete afterwards. At least one batch, possibly
    without rows, is yielded.

    Raises:
        RefusedFileError: the file cannot be read to its end.
    """
    positions = np.array([record.position for record in screening.rejected], dtype=np.int64)
    writer: Any = None
    try:
        for batch in screening.batches:
            is_good = pc.equal(batch.column("_broken"), 0)
            good_count = pc.sum(is_good).as_py() or 0
            screening.tally.good += good_count
            if good_count < len(batch):
                screening.tally.bad += len(batch) - good_count
                bad = _bad_rows(batch.filter(pc.invert(is_good)), positions)
                writer = writer or pq.ParquetWriter(screening.bad_rows, bad.schema)
                writer.write_batch(bad)
                batch = batch.filter(is_good)
            good = batch.drop_columns(_VERDICT_COLUMNS)
            yield good.set_column(0, "_row_number", _places(good.column(0), positions))
        if screening.found_rejects:
            # Every pass over a file finds them again.
            rejects.forget(screening.workspace)
    except duckdb.Error as error:
        raise refusal(error) from error
    finally:
        if writer is not None:
            writer.close()


def quarantine_batches(screening: Screening) -> Iterator[Any]:
    """Yield the rows for ops.quarantine, after all good batches have been taken; none unless tally.bad."""
    if screening.rejected:
        is_personal = any(f.is_personal for f in screening.queries.entity.fields)
        yield _malformed(screening.rejected, is_personal=is_personal)
    if screening.bad_rows.exists():
        query = screening.queries.quarantine_rows(screening.bad_rows)
        yield from screening.workspace.duck.sql(query).to_arrow_reader(BATCH_ROWS)
        if screening.found_rejects:
            rejects.forget(screening.workspace)


def remarks(screening: Screening) -> str | None:
    """Return what a reader of the ledger should know of a loaded file besides its counts."""
    said = []
    if screening.tally.filtered:
        said.append(f"{screening.tally.filtered} rows filtered by where")
    if screening.selection.absent_columns:
        said.append(f"loaded empty for lack of a column: {', '.join(screening.selection.absent_columns)}")
    return "; ".join(said) or None


def refusal(error: duckdb.Error) -> RefusedFileError:
    """Return an error of the SQL engine as the refusal of a file."""
    return RefusedFileError(f"it cannot be read as sources.yml says: {str(error).splitlines()[0]}")


def _read_at_once(workspace: Workspace, queries: FileQueries) -> tuple[int, int, list[Any]]:
    table = workspace.table(queries.judged_rows(has_repeated=False, with_hash=True))
    if len(pc.unique(table.column("_hash"))) < len(table):
        workspace.duck.execute(queries.find_repeated())
        table = workspace.table(queries.judged_rows(has_repeated=True, with_hash=True))
    return len(table), len(table), _at_least_one(table)


def _read_in_passes(
    workspace: Workspace, queries: FileQueries, extract: Extract, *, joins: bool
) -> tuple[int, int, Iterable[Any], tuple[Rejected, ...]]:
    read, kept, repeated = workspace.duck.execute(queries.counts()).fetchall()[0]
    rejected = _rejected(workspace, extract)
    if joins:
        joined, read = read, workspace.duck.execute(f"select count(*) from {extract.relation}").fetchall()[0][0]
        if joined > read:
            raise RefusedFileError(
                f"joins turn its {read} rows into {joined}: a lookup has several rows per key; make its key unique"
            )
    if repeated:
        workspace.duck.execute(queries.find_repeated())
    reader = workspace.duck.sql(queries.judged_rows(has_repeated=bool(repeated), with_hash=False))
    return read, kept, _lazily(reader.to_arrow_reader(BATCH_ROWS)), rejected


def _lazily(reader: Any) -> Iterator[Any]:
    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    yield from reader


def _at_least_one(table: Any) -> list[Any]:
    return table.to_batches(BATCH_ROWS) or [pa.RecordBatch.from_pylist([], schema=table.schema)]


def _rejected(workspace: Workspace, extract: Extract) -> tuple[Rejected, ...]:
    return extract.rejected + (rejects.take(workspace, extract) if extract.is_csv else ())


def _bad_rows(batch: Any, positions: Any) -> Any:
    columns = {
        "_row_number": batch.column("_row_number"),
        "_broken": batch.column("_broken"),
        "_place": _places(batch.column("_row_number"), positions),
        "_first_place": _places(batch.column("_first_row"), positions),
    }
    return pa.RecordBatch.from_pydict(columns)


def _malformed(rejected: tuple[Rejected, ...], *, is_personal: bool) -> Any:
    count = len(rejected)
    columns = {
        "row_number": pa.array([record.position for record in rejected], pa.int64()),
        "column_name": pa.nulls(count, pa.string()),
        "rule": pa.array([MALFORMED_RULE] * count, pa.string()),
        "reason": pa.array([record.reason for record in rejected], pa.string()),
        "is_personal": pa.array([is_personal] * count, pa.bool_()),
        "value": pa.array([record.text.replace("\0", "") for record in rejected], pa.string()),
        "row_data": pa.nulls(count, pa.string()),
    }
    return pa.RecordBatch.from_pydict(columns)


def _places(numbers: Any, positions: Any) -> Any:
    """Return places in the file for numbers among the readable records: rejected records count too."""
    if not len(positions):
        return numbers
    shifted = positions - np.arange(len(positions))
    plain = (numbers.fill_null(0) if numbers.null_count else numbers).to_numpy(zero_copy_only=False)
    places = plain + np.searchsorted(shifted, plain, side="right")
    return pa.array(places, type=pa.int64(), mask=numbers.is_null().to_numpy(zero_copy_only=False))
