"""One file of a load, in a transaction of its own: judged by what was delivered before, copied, recorded."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from functools import partial

import psycopg
from psycopg import sql

from ingest import attempts, bulk, contents, entries, records, screening
from ingest.contents import Content, Hashes
from ingest.deliveries import Delivery
from ingest.encode import Constant
from ingest.entries import LedgerEntry
from ingest.history import History, Seen
from ingest.inspection import RefusedFileError
from ingest.mapping import FeedMapping, MappingError
from ingest.readers import Extract
from ingest.records import Origin
from ingest.screening import Screening, SecondLookNeededError
from ingest.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Session:
    """What the files of one load share.

    Attributes:
        workspace: Where files are read.
        connection: Connection of the loader, in autocommit.
        origin: Company, source, date and batch.
        history: What the source delivered before.
        hashes: Hashes of lookups.
    """

    workspace: Workspace
    connection: psycopg.Connection
    origin: Origin
    history: History
    hashes: Hashes


def take_in(session: Session, delivery: Delivery) -> LedgerEntry:
    """Load a delivery, unless it was loaded before or has to be refused, and return what the ledger says of it.

    A skipped one is not yet in the ledger.
    """
    started = time.monotonic()
    entry = entries.begin(delivery)
    workspace, hashes = session.workspace, session.hashes
    try:
        entry = replace(entry, mapping_sha256=delivery.mapping.fingerprint)
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
        seconds = time.monotonic() - started
        return replace(entry, status="skipped", message="loaded by somebody else at the same time", seconds=seconds)
    except (RefusedFileError, MappingError, psycopg.DataError, OSError) as error:
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
        read = partial(_copy_and_quarantine, session, delivery, extract)
        screened = attempts.read_with_care(session.workspace, delivery.mapping, read)
        entry = replace(entry, follows_load_id=verdict.follows)
        loaded = entries.loaded(entry, screened, time.monotonic() - started)
        (load_id,) = records.record(session.connection, session.origin, [loaded])
    session.history.add(_seen(session, delivery, loaded, load_id))
    return loaded


def _digests(entry: LedgerEntry) -> tuple[str, ...]:
    """Return the hashes of what a delivery holds and, where that is packed, of the bytes as delivered."""
    return tuple(digest for digest in (entry.content_sha256, entry.delivered_sha256) if digest)


def _seen(session: Session, delivery: Delivery, loaded: LedgerEntry, load_id: int) -> Seen:
    return Seen(
        load_id=load_id,
        entity=loaded.entity,
        mapping=delivery.mapping.fingerprint,
        file=loaded.source_file,
        file_date=loaded.file_date,
        content=loaded.content_sha256 or "",
        delivered=loaded.delivered_sha256,
        business_date=session.origin.business_date,
        is_copy=False,
    )


def _copy_and_quarantine(session: Session, delivery: Delivery, extract: Extract, mapping: FeedMapping) -> Screening:
    with session.connection.transaction():
        screened = _copy(session, delivery, extract, mapping)
        if screened.tally.bad:
            _quarantine(session, delivery, screened)
    return screened


def _copy(session: Session, delivery: Delivery, extract: Extract, mapping: FeedMapping) -> Screening:
    """Copy the good rows of a file, hopefully in one reading."""
    try:
        return _copy_once(session, delivery, extract, mapping, hopeful=True)
    except SecondLookNeededError:
        log.info("%s has repeated keys or malformed lines and is read again", delivery.file.name)
        return _copy_once(session, delivery, extract, mapping, hopeful=False)


def _copy_once(
    session: Session, delivery: Delivery, extract: Extract, mapping: FeedMapping, *, hopeful: bool
) -> Screening:
    origin, file = session.origin, delivery.file
    constants: dict[str, Constant] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "_batch_id": origin.batch_id,
        "_source_file": file.name,
        "_file_date": session.history.dated(delivery, origin.business_date),
    }
    screened = screening.screen(session.workspace, mapping, extract, file.name, file.file_date, hopeful=hopeful)
    # A savepoint: what was copied in vain goes.
    with session.connection.transaction():
        bulk.copy_rows(
            session.connection,
            sql.Identifier("raw", delivery.entity),
            constants,
            screening.good_batches(screened),
            ahead=not extract.is_small,
        )
    return screened


def _quarantine(session: Session, delivery: Delivery, screened: Screening) -> None:
    origin = session.origin
    constants: dict[str, Constant] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "batch_id": origin.batch_id,
        "entity": delivery.entity,
        "source_file": delivery.file.name,
    }
    rows = screening.quarantine_batches(screened)
    bulk.copy_rows(session.connection, sql.Identifier("ops", "quarantine"), constants, rows, jsonb=["row_data"])
