"""Pulls: what changed in a table or query of a database since the last mark, in one transaction with the new mark."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from ingest import attempts, contents, copying, entries, indexes, marks, merging, records
from ingest.contents import Content
from ingest.copying import Session
from ingest.cursors import RECONCILE_DAYS, Cursor, Instant, recorded
from ingest.databases import Pull
from ingest.deliveries import Delivery
from ingest.entries import LedgerEntry
from ingest.inspection import RefusedFileError, content_hash
from ingest.marks import Feed, Mark

# Mark of a table without any number yet: the next pull reads all of it again.
NOTHING_YET = "nothing yet"


@dataclass(frozen=True)
class Ground:
    """What a pull rests on: the mark of its feed as it was when the rows were read."""

    feed: Feed
    mark: Mark


def pull(session: Session, delivery: Delivery, cursor: Cursor, entry: LedgerEntry, started: float) -> LedgerEntry:
    """Pull what a feed with a cursor has ready, and return what the ledger says of it.

    The mark moves with the rows, or not at all: it is part of the ledger's row.

    Args:
        session: The load.
        delivery: The table or query.
        cursor: Its cursor.
        entry: Entry to complete.
        started: When the work on it began.

    Raises:
        RefusedFileError: it cannot be read, or too much of it is gone.
    """
    feed = Feed(session.origin, delivery.entity, delivery.file.name)
    mark = marks.read(session.connection, feed)
    if mark.newest_batch_id and mark.newest_batch_id > session.origin.batch_id:
        reason = f"batch {mark.newest_batch_id} is newer and has its rows: what has changed since goes to a newer one"
        return replace(entry, status="skipped", message=reason, seconds=time.monotonic() - started)
    is_partial = not _is_full(session, delivery, cursor, mark)
    since = mark.value if is_partial else None
    pulled = contents.pull(session.workspace, delivery, session.origin.business_date, since)
    path = pulled.written.path
    entry = replace(
        entry,
        content_sha256=content_hash(path),
        byte_count=path.stat().st_size,
        follows_load_id=mark.newest_load_id,
        ignored_load_ids=mark.ignored_load_ids,
        is_partial=is_partial,
        mark_from=since,
        mark_to=_mark_to(pulled.upper, since),
    )
    indexes.index_keys(session.connection, delivery.mapping.entity)
    return _load(session, delivery, Ground(feed, mark), pulled, entry, started)


def _is_full(session: Session, delivery: Delivery, cursor: Cursor, mark: Mark) -> bool:
    if session.is_full or mark.value in (None, NOTHING_YET) or mark.full_date is None:
        return True
    if mark.mapping != delivery.mapping.fingerprint:
        return True
    days = (session.origin.business_date - mark.full_date).days
    return cursor.reconcile is not None and days >= RECONCILE_DAYS[cursor.reconcile]


def _mark_to(upper: Instant | None, since: str | None) -> str:
    return recorded(upper) or since or NOTHING_YET


def _load(
    session: Session, delivery: Delivery, ground: Ground, pulled: Pull, entry: LedgerEntry, started: float
) -> LedgerEntry:
    connection, entity, feed = session.connection, delivery.mapping.entity, ground.feed
    with connection.transaction():
        marks.lock(connection, feed)
        # What is rejected from here on, the new mark rests on, and goes back with it.
        if marks.read(connection, feed) != ground.mark:
            return entries.overtaken(entry, time.monotonic() - started)
        merging.create_tables(connection, entity)
        extract = contents.open_content(session.workspace, delivery, Content(pulled.written.path, pulled))
        read = partial(copying.copy_and_quarantine, session, delivery, extract, merging.TARGETS)
        screened = attempts.read_with_care(session.workspace, delivery.mapping, read)
        changed = merging.add_changed(connection, feed, entity)
        gone = _compare_keys(session, delivery, feed) if not entry.is_partial else 0
        remarks = _remarks(screened.tally.good - changed, gone, pulled.unmarked)
        loaded = entries.loaded(entry, screened, 0, remarks)
        loaded = replace(
            loaded,
            rows_loaded=changed + gone,
            rows_quarantined=merging.add_quarantined(connection, feed) if screened.tally.bad else 0,
            seconds=time.monotonic() - started,
        )
        (load_id,) = records.record(connection, session.origin, [loaded])
    session.history.add(copying.seen(session, delivery, loaded, load_id))
    return loaded


def _compare_keys(session: Session, delivery: Delivery, feed: Feed) -> int:
    """Write tombstones for what a full pull has not found, where the feed says so, and return how many."""
    cursor = delivery.mapping.feed.cursor
    if cursor is None or cursor.deletes is None:
        return 0
    gone, found = merging.add_tombstones(session.connection, feed, delivery.mapping.entity)
    if gone > cursor.max_deleted_share * (gone + found):
        raise RefusedFileError(
            f"{gone} of {gone + found} rows are gone from it, more than cursor.max_deleted_share "
            f"({cursor.max_deleted_share:g}) allows: see whether the table is whole, or raise that share in sources.yml"
        )
    return gone


def _remarks(unchanged: int, gone: int, unmarked: int) -> Iterator[str]:
    if unchanged:
        yield f"{unchanged} rows as known"
    if gone:
        yield f"{gone} rows gone, marked as deleted"
    if unmarked:
        yield f"{unmarked} rows without a value in the column of the cursor, which every pull reads"
