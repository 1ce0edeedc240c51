"""What became of one file, loaded, skipped or refused, as an entry of the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from ingest.deliveries import Delivery
from ingest.history import Seen
from ingest.inspection import reason
from ingest.screening import Screening


@dataclass(frozen=True)
class LedgerEntry:
    """One file, entity and attempt, as in ops.load_ledger."""

    entity: str
    source_file: str
    file_date: date | None
    status: Literal["loaded", "skipped", "refused"]
    seconds: float
    content_sha256: str | None = None
    mapping_sha256: str | None = None
    byte_count: int | None = None
    rows_read: int | None = None
    rows_loaded: int | None = None
    rows_quarantined: int | None = None
    unknown_columns: Sequence[str] = ()
    message: str | None = None
    delivered_sha256: str | None = None
    follows_load_id: int | None = None
    repeats_load_id: int | None = None
    is_partial: bool = False
    mark_from: str | None = None
    mark_to: str | None = None
    ignored_load_ids: Sequence[int] = ()


def begin(delivery: Delivery) -> LedgerEntry:
    """Return the entry of a delivery that nothing is known of yet: it stands refused until it is loaded or skipped."""
    return LedgerEntry(delivery.entity, delivery.file.name, delivery.file.file_date, "refused", 0.0)


def loaded(
    entry: LedgerEntry, screening: Screening, seconds: float, further_remarks: Iterable[str] = ()
) -> LedgerEntry:
    """Return an entry with what its screening, taken to the end, has counted and met."""
    return replace(
        entry,
        status="loaded",
        seconds=seconds,
        rows_read=screening.tally.read,
        rows_loaded=screening.tally.good,
        rows_quarantined=screening.tally.bad,
        unknown_columns=screening.selection.unknown_columns,
        message="; ".join((*_remarks(screening), *further_remarks)) or None,
    )


def skipped(entry: LedgerEntry, known: Seen, seconds: float) -> LedgerEntry:
    """Return an entry with what had brought its content before."""
    is_copy = known.file != entry.source_file
    message = f"same content as {known.file}, loaded before"
    if is_copy and not entry.file_date:
        message += "; if it is a new state, names need a date and the feed file_date"
    return replace(
        entry,
        status="skipped",
        message=message,
        repeats_load_id=known.load_id if is_copy else None,
        seconds=seconds,
    )


def overtaken(entry: LedgerEntry, seconds: float) -> LedgerEntry:
    """Return an entry of what another load has brought in the meantime."""
    return replace(entry, status="skipped", message="loaded by somebody else at the same time", seconds=seconds)


def refused(entry: LedgerEntry, error: Exception, seconds: float) -> LedgerEntry:
    """Return an entry with all that the error says: the lines after its first name row and column."""
    return replace(entry, status="refused", message=str(error).strip() or reason(error), seconds=seconds)


def _remarks(screening: Screening) -> Iterator[str]:
    """Yield what a reader of the ledger should know of a loaded file besides its counts."""
    if screening.tally.filtered:
        yield f"{screening.tally.filtered} rows left out by where, joins or keep"
    if screening.selection.absent_columns:
        yield f"loaded empty for lack of a column: {', '.join(screening.selection.absent_columns)}"
