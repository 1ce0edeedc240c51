"""One file of a load, in a transaction of its own: judged by what was delivered before, copied, recorded."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from functools import partial

import psycopg

from ingest import attempts, contents, copying, counting, entries, parts, pulls, records
from ingest.contents import Content
from ingest.copying import Session, Targets
from ingest.deliveries import Delivery
from ingest.entries import LedgerEntry
from ingest.inspection import RefusedFileError
from ingest.mapping import MappingError

log = logging.getLogger(__name__)


def take_in(session: Session, delivery: Delivery) -> LedgerEntry:
    """Load a delivery, unless it was loaded before or has to be refused, and return what the ledger says of it.

    A skipped one is not yet in the ledger.

    Raises:
        ConnectionError: its source does not answer, and the load will be tried again.
    """
    started = time.monotonic()
    entry = entries.begin(delivery)
    workspace, hashes = session.workspace, session.hashes
    try:
        entry = replace(entry, mapping_sha256=delivery.mapping.fingerprint)
        if cursor := delivery.mapping.feed.cursor:
            return pulls.pull(session, delivery, cursor, entry, started)
        content = contents.bring(workspace, delivery, session.origin.business_date)
        delivered = contents.delivered_digest(workspace, delivery, content, hashes)
        entry = replace(entry, content_sha256=delivered, byte_count=content.path.stat().st_size)
        # Before anything is unpacked: most files of a folder are known.
        if known := session.history.unchanged(delivery, delivered):
            return entries.skipped(replace(entry, content_sha256=known.content), known, time.monotonic() - started)
        if unpacked := contents.unpacked_digest(workspace, delivery, content, hashes):
            entry = replace(entry, content_sha256=unpacked, delivered_sha256=delivered)
        if known := session.history.judge(delivery, *_digests(entry)).known:
            return entries.skipped(entry, known, time.monotonic() - started)
        return _load(session, delivery, content, entry, started)
    except psycopg.errors.UniqueViolation:
        return entries.overtaken(entry, time.monotonic() - started)
    except (RefusedFileError, MappingError, psycopg.DataError, OSError) as error:
        workspace.require_room(error)
        if session.will_retry and isinstance(error, ConnectionError):
            raise
        refused = entries.refused(entry, error, time.monotonic() - started)
        records.record(session.connection, session.origin, [refused])
        log.warning("%s refused for %s: %s", refused.source_file, refused.entity, refused.message)
        return refused


def _load(session: Session, delivery: Delivery, content: Content, entry: LedgerEntry, started: float) -> LedgerEntry:
    digests = _digests(entry)
    with session.connection.transaction():
        by_now = records.lock_content(
            session.connection, session.origin, delivery.entity, delivery.mapping.fingerprint, digests[0]
        )
        for seen in by_now:
            session.history.add(seen)
        verdict = session.history.judge(delivery, *digests)
        if verdict.known:
            return entries.skipped(entry, verdict.known, time.monotonic() - started)
        extract = contents.open_content(session.workspace, delivery, content)
        as_part = parts.is_worth_it(session.connection, delivery.entity, entry.byte_count)
        targets = Targets.of(delivery.entity, as_part=as_part)
        read = partial(copying.copy_and_quarantine, session, delivery, extract, targets)
        screened = attempts.read_with_care(session.workspace, delivery.mapping, read)
        entry = replace(entry, follows_load_id=verdict.follows)
        loaded = entries.loaded(entry, screened, time.monotonic() - started)
        (load_id,) = records.record(session.connection, session.origin, [loaded])
        if screened.counter:
            counting.write(session.connection, load_id, screened.counter)
    session.history.add(copying.seen(session, delivery, loaded, load_id))
    return loaded


def _digests(entry: LedgerEntry) -> tuple[str, ...]:
    """Return the hashes of what a delivery holds and, where that is packed, of the bytes as delivered."""
    return tuple(digest for digest in (entry.content_sha256, entry.delivered_sha256) if digest)
