"""One file of a load, in a transaction of its own: judged by what was delivered before, copied, recorded."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from functools import partial

import psycopg
from psycopg import sql

from ingest import attempts, bulk, contents, records, screening
from ingest.contents import Content, Hashes
from ingest.deliveries import Delivery
from ingest.encode import Constant
from ingest.history import History, Seen
from ingest.inspection import RefusedFileError
from ingest.mapping import FeedMapping, MappingError
from ingest.readers import Extract
from ingest.records import LedgerEntry, Origin
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
    entry = LedgerEntry(delivery.entity, delivery.file.name, delivery.file.file_date, "refused", 0.0)
    try:
        entry = replace(entry, mapping_sha256=delivery.mapping.fingerprint)
        content = contents.bring(session.workspace, delivery, session.origin.business_date, session.hashes)
        entry = replace(entry, content_sha256=content.sha256, byte_count=content.byte_count)
        # Before anything is unpacked: most files of a folder are known.
        if known := session.history.unchanged(delivery, content.sha256):
            return _skipped(replace(entry, content_sha256=known.content), started, known)
        digest = contents.unpacked_digest(delivery, content, session.hashes)
        packed = content.sha256 if content.sha256 != digest else None
        entry = replace(entry, content_sha256=digest, delivered_sha256=packed)
        if known := session.history.judge(delivery, digest, content.sha256).known:
            return _skipped(entry, started, known)
        return _load(session, delivery, content, entry, started)
    except psycopg.errors.UniqueViolation:
        seconds = time.monotonic() - started
        return replace(entry, status="skipped", message="loaded by somebody else at the same time", seconds=seconds)
    except (RefusedFileError, MappingError, psycopg.DataError, OSError) as error:
        refused = replace(entry, message=_message(error), seconds=time.monotonic() - started)
        records.record(session.connection, session.origin, [refused])
        log.warning("%s refused for %s: %s", refused.source_file, refused.entity, refused.message)
        return refused


def _load(session: Session, delivery: Delivery, content: Content, entry: LedgerEntry, started: float) -> LedgerEntry:
    digest = entry.content_sha256 or ""
    with session.connection.transaction():
        by_now = records.lock_content(
            session.connection, session.origin, delivery.entity, delivery.mapping.fingerprint, digest
        )
        for seen in by_now:
            session.history.add(seen)
        verdict = session.history.judge(delivery, digest, content.sha256)
        if verdict.known:
            return _skipped(entry, started, verdict.known)
        extract = contents.open_content(session.workspace, delivery, content)
        read = partial(_copy_and_quarantine, session, delivery, extract)
        screened = attempts.read_with_care(session.workspace, delivery.mapping, read)
        loaded = replace(
            entry,
            status="loaded",
            rows_read=screened.tally.read,
            rows_loaded=screened.tally.good,
            rows_quarantined=screened.tally.bad,
            unknown_columns=screened.selection.unknown_columns,
            message=screening.remarks(screened),
            follows_load_id=verdict.follows,
            seconds=time.monotonic() - started,
        )
        (load_id,) = records.record(session.connection, session.origin, [loaded])
    session.history.add(_seen(session, delivery, loaded, load_id))
    return loaded


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
    origin, file = session.origin, delivery.file
    constants: dict[str, Constant] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "_batch_id": origin.batch_id,
        "_source_file": file.name,
        "_file_date": session.history.dated(delivery, origin.business_date),
    }
    for hopeful in (True, False):
        screened = screening.screen(session.workspace, mapping, extract, file.name, file.file_date, hopeful=hopeful)
        try:
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
        except SecondLookNeededError:
            log.info("%s has repeated keys or malformed lines and is read again", file.name)
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


def _skipped(entry: LedgerEntry, started: float, known: Seen) -> LedgerEntry:
    is_copy = known.file != entry.source_file
    message = f"same content as {known.file}, loaded before"
    if is_copy and not entry.file_date:
        message += "; if it is a new state, names need a date and the feed file_date"
    return replace(
        entry,
        status="skipped",
        message=message,
        repeats_load_id=known.load_id if is_copy else None,
        seconds=time.monotonic() - started,
    )


def _message(error: Exception) -> str:
    return str(error).strip() or type(error).__name__
