"""One file against its contract: good rows as typed Arrow batches, bad rows with the rules they broke.

Only when there are bad rows the file is read again, for the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest import passes, rejects
from ingest.checks import MALFORMED_RULE
from ingest.counting import Counter
from ingest.inspection import RefusedFileError, reason
from ingest.mapping import FeedMapping, Selection
from ingest.passes import Reading
from ingest.queries import FileQueries, file_queries
from ingest.readers import Extract
from ingest.spool import Rejected
from ingest.workspace import Workspace

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
        filtered: Rows that ``where`` or ``keep`` leaves out, or an inner join in ``joins``.
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
        reading: Its judged rows, to be taken once.
        bad_rows: Parquet that will hold the bad rows; absent without any.
        counter: What has counted its good rows as they were copied; None where nothing was to be counted.
    """

    workspace: Workspace
    extract: Extract
    queries: FileQueries
    selection: Selection
    rejected: tuple[Rejected, ...]
    tally: Tally
    reading: Reading
    bad_rows: Path
    counter: Counter | None = None


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
        reading = passes.begin(workspace, mapping, extract, queries, hopeful=hopeful)
    except duckdb.Error as error:
        raise _refusal(error) from error
    except rejects.SwallowedLinesError:
        if extract.set_aside is None:
            raise
        return screen(workspace, mapping, extract.set_aside(), name, file_date, hopeful=hopeful)
    rejected = _together(extract.rejected, reading.rejected)
    tally = Tally(bad=len(rejected), filtered=reading.filtered)
    return Screening(workspace, extract, queries, selection, rejected, tally, reading, workspace.scratch(".parquet"))


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
        for batch in screening.reading.batches:
            is_bad = batch.column("_broken").to_numpy() != 0
            bad_count = int(np.count_nonzero(is_bad))
            screening.tally.good += len(batch) - bad_count
            if bad_count:
                screening.tally.bad += bad_count
                bad = _bad_rows(batch.take(pa.array(np.flatnonzero(is_bad))), positions)
                writer = writer or pq.ParquetWriter(screening.bad_rows, bad.schema)
                writer.write_batch(bad)
                batch = batch.take(pa.array(np.flatnonzero(~is_bad)))
            if screening.reading.hashes is not None:
                screening.reading.hashes.add(batch.column("_hash").to_numpy())
            good = batch.drop_columns(_VERDICT_COLUMNS)
            yield good.set_column(0, "_row_number", _places(good.column(0), positions))
        _look_back(screening)
    except duckdb.Error as error:
        raise _refusal(error) from error
    finally:
        if writer is not None:
            writer.close()
    screening.tally.read = screening.tally.good + screening.tally.bad + screening.tally.filtered


def quarantine_batches(screening: Screening, *, with_keys: bool = False) -> Iterator[Any]:
    """Yield the rows for ops.quarantine, after all good batches have been taken; none unless tally.bad.

    Args:
        screening: The file.
        with_keys: Add the typed values of the key, in columns called by queries.key_column(); not for formats that
            have malformed records.
    """
    if screening.rejected:
        is_personal = any(f.is_personal for f in screening.queries.entity.fields)
        yield _malformed(screening.rejected, is_personal=is_personal)
    if screening.bad_rows.exists():
        query = screening.queries.quarantine_rows(screening.bad_rows, with_keys=with_keys)
        yield from screening.workspace.duck.sql(query).to_arrow_reader(passes.BATCH_ROWS)
        if screening.reading.rejected:
            rejects.forget(screening.workspace)


def _refusal(error: duckdb.Error) -> RefusedFileError:
    return RefusedFileError(f"it cannot be read as sources.yml says: {reason(error)}")


def _look_back(screening: Screening) -> None:
    """See, after the last row, whether hope was justified; forget what was rejected, which every pass finds again."""
    hashes = screening.reading.hashes
    if hashes is None:
        if screening.reading.rejected:
            rejects.forget(screening.workspace)
        return
    try:
        is_in_order = not (rejects.take(screening.workspace, screening.extract) or hashes.has_repeated())
    except rejects.SwallowedLinesError:
        is_in_order = False
    if not is_in_order:
        raise SecondLookNeededError


def _together(before: tuple[Rejected, ...], after: tuple[Rejected, ...]) -> tuple[Rejected, ...]:
    """Return records rejected before DuckDB saw the file and those that it rejected of the rest, by position."""
    if not (before and after):
        return before or after
    positions = np.array([record.position for record in before], dtype=np.int64)
    places = _places(pa.array([record.position for record in after], pa.int64()), positions).to_pylist()
    moved = (replace(record, position=place) for record, place in zip(after, places, strict=True))
    return tuple(sorted((*before, *moved), key=lambda record: record.position))


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
