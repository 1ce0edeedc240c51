"""One file against its contract: good rows as typed Arrow batches, bad rows with the rules they broke.

A small file is read once and its keys are compared in memory. A larger one may be read hopefully: rows are handed out
as they come, so that memory does not grow with the file, and are taken back should a key repeat. Without hope it is
read twice: once to count rows and find repeated keys, once to hand them out. Only when there are bad rows the file is
read again, for the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import rejects
from ingest.checks import MALFORMED_RULE
from ingest.inspection import RefusedFileError
from ingest.keys import KeyHashes
from ingest.mapping import FeedMapping, Selection
from ingest.queries import FileQueries, file_queries
from ingest.readers import Extract, Rejected
from ingest.workspace import Workspace

BATCH_ROWS = 20_480
_VERDICT_COLUMNS = ["_broken", "_first_row", "_hash"]


class SecondLookNeededError(Exception):
    """A file that was read hopefully has repeated keys or malformed lines: screen it again, without hope."""


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
        extract: The file.
        queries: Statements over it.
        selection: How its columns map.
        rejected: Records that could not be taken apart, by position.
        tally: Row counts.
        batches: Judged rows, to be taken once.
        bad_rows: Parquet that will hold the bad rows; absent without any.
        found_rejects: True when DuckDB rejected lines.
        hashes: Hashes of the keys handed out so far, None when repeated keys are known.
    """

    workspace: Workspace
    extract: Extract
    queries: FileQueries
    selection: Selection
    rejected: tuple[Rejected, ...]
    tally: Tally
    batches: Iterable[Any] = field(repr=False)
    bad_rows: Path
    found_rejects: bool
    hashes: KeyHashes | None = field(repr=False)


def screen(
    workspace: Workspace,
    mapping: FeedMapping,
    extract: Extract,
    name: str,
    file_date: date | None,
    *,
    hopeful: bool = False,
) -> Screening:
    """Prepare a file: apply the mapping, count rows, find repeated keys.

    Args:
        workspace: Where to read it; the lookups of the feed are tables there.
        mapping: Feed with contract.
        extract: The file.
        name: Its name, for expressions that use it.
        file_date: Date in its name, for expressions that use it.
        hopeful: Read a file once, as if it had neither repeated keys nor malformed lines; good_batches raises
            SecondLookNeededError at its end if it has.

    Raises:
        RefusedFileError: the file does not fit the mapping.
    """
    selection = mapping.select(extract)
    queries = file_queries(mapping, extract, selection, name, file_date)
    try:
        tally, rejected, batches, hashes = _choose_reading(workspace, mapping, extract, queries, hopeful=hopeful)
    except duckdb.Error as error:
        raise refusal(error) from error
    rejected = extract.rejected + rejected
    found_rejects = len(rejected) > len(extract.rejected)
    tally.bad = len(rejected)
    bad_rows = workspace.scratch(".parquet")
    return Screening(workspace, extract, queries, selection, rejected, tally, batches, bad_rows, found_rejects, hashes)


def good_batches(screening: Screening) -> Iterator[Any]:
    """Yield the good rows as Arrow batches: ``_row_number``, then the mapped fields in the order of the contract.

    Bad rows are set aside for quarantine_batches; the tally is complete afterwards. At least one batch, possibly
    without rows, is yielded.

    Raises:
        RefusedFileError: the file cannot be read to its end.
        SecondLookNeededError: the file has repeated keys or malformed lines, against all hope.
    """
    positions = np.array([record.position for record in screening.rejected], dtype=np.int64)
    writer: Any = None
    try:
        for batch in screening.batches:
            is_bad = batch.column("_broken").to_numpy() != 0
            bad_count = int(np.count_nonzero(is_bad))
            screening.tally.good += len(batch) - bad_count
            if bad_count:
                screening.tally.bad += bad_count
                bad = _bad_rows(batch.take(pa.array(np.flatnonzero(is_bad))), positions)
                writer = writer or pq.ParquetWriter(screening.bad_rows, bad.schema)
                writer.write_batch(bad)
                batch = batch.take(pa.array(np.flatnonzero(~is_bad)))
            if screening.hashes is not None:
                screening.hashes.add(batch.column("_hash").to_numpy())
            good = batch.drop_columns(_VERDICT_COLUMNS)
            yield good.set_column(0, "_row_number", _places(good.column(0), positions))
        _look_back(screening)
    except duckdb.Error as error:
        raise refusal(error) from error
    finally:
        if writer is not None:
            writer.close()
    screening.tally.read = screening.tally.good + screening.tally.bad + screening.tally.filtered


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


def _choose_reading(
    workspace: Workspace, mapping: FeedMapping, extract: Extract, queries: FileQueries, *, hopeful: bool
) -> tuple[Tally, tuple[Rejected, ...], Iterable[Any], KeyHashes | None]:
    """Return the counts known so far, the lines DuckDB rejected, the judged rows, and where to keep hashes."""
    one_to_one = not mapping.feed.where and not mapping.feed.joins
    if extract.is_small and one_to_one:
        batches = _read_at_once(workspace, queries)
        return Tally(), rejects.take(workspace, extract), batches, None
    if hopeful and one_to_one:
        batches_at_once = _stream(workspace, queries.judged_rows(has_repeated=False, with_hash=True))
        return Tally(), (), batches_at_once, KeyHashes(workspace.scratch(".keys"))
    filtered, has_repeated, rejected = _count(workspace, queries, extract, joins=bool(mapping.feed.joins))
    batches_in_passes = _stream(workspace, queries.judged_rows(has_repeated=has_repeated, with_hash=False))
    return Tally(filtered=filtered), rejected, batches_in_passes, None


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


def _look_back(screening: Screening) -> None:
    """See, after the last row, whether hope was justified; forget what was rejected, which every pass finds again."""
    if screening.hashes is None:
        if screening.found_rejects:
            rejects.forget(screening.workspace)
    elif rejects.take(screening.workspace, screening.extract) or screening.hashes.has_repeated():
        raise SecondLookNeededError


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
