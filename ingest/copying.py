"""Rows of one delivery copied to where they belong, good ones and bad ones, within one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from ingest import bulk, parts, screening
from ingest.contents import Hashes
from ingest.counting import Counter
from ingest.deliveries import Delivery
from ingest.encode import Constant
from ingest.entries import LedgerEntry
from ingest.history import History, Seen
from ingest.mapping import FeedMapping
from ingest.readers import Extract
from ingest.records import Origin
from ingest.screening import Screening, SecondLookNeededError
from ingest.workspace import Workspace
from warehouse.figures import LoadFigure

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
        is_full: True to compare everything where a feed would pull only what changed.
        figures: What to count of the rows of large files, by entity.
        will_retry: True where the load is tried again when its source does not answer; else what is there is refused.
    """

    workspace: Workspace
    connection: psycopg.Connection
    origin: Origin
    history: History
    hashes: Hashes
    is_full: bool = False
    figures: Mapping[str, Sequence[LoadFigure]] = field(default_factory=dict)
    will_retry: bool = False


@dataclass(frozen=True)
class Targets:
    """Tables for the rows of a delivery.

    Attributes:
        good: For good rows, with the columns of raw.
        bad: For bad rows, with the columns of ops.quarantine.
        is_final: True where the good rows stay, so that they are worth counting.
        as_part: True to make the good rows a part of good, a raw table.
        with_keys: True where bad has further columns for the typed values of the key.
    """

    good: sql.Identifier
    bad: sql.Identifier
    is_final: bool = False
    as_part: bool = False
    with_keys: bool = False

    @classmethod
    def of(cls, entity: str, *, as_part: bool = False) -> Targets:
        """Return where the rows of an entity stay."""
        return cls(sql.Identifier("raw", entity), sql.Identifier("ops", "quarantine"), is_final=True, as_part=as_part)


def seen(session: Session, delivery: Delivery, loaded: LedgerEntry, load_id: int) -> Seen:
    """Return a load as the history keeps it."""
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


def copy_and_quarantine(
    session: Session, delivery: Delivery, extract: Extract, targets: Targets, mapping: FeedMapping
) -> Screening:
    """Copy the good rows of a delivery to one table and the bad ones, one row per broken rule, to another.

    Args:
        session: The load.
        delivery: What is read.
        extract: The same, opened.
        targets: Where the rows go.
        mapping: Feed with contract, possibly to be read row by row.

    Raises:
        RefusedFileError: it cannot be read to its end; nothing is copied then.
    """
    with session.connection.transaction():
        screened = _copy(session, delivery, extract, targets, mapping)
        if screened.tally.bad:
            _quarantine(session, delivery, targets, screened)
    return screened


def _copy(session: Session, delivery: Delivery, extract: Extract, targets: Targets, mapping: FeedMapping) -> Screening:
    """Copy the good rows of a file, hopefully in one reading."""
    try:
        return _copy_once(session, delivery, extract, targets, mapping, hopeful=True)
    except SecondLookNeededError:
        log.info("%s has repeated keys or malformed lines and is read again", delivery.file.name)
        return _copy_once(session, delivery, extract, targets, mapping, hopeful=False)


def _copy_once(
    session: Session,
    delivery: Delivery,
    extract: Extract,
    targets: Targets,
    mapping: FeedMapping,
    *,
    hopeful: bool,
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
    # Of a small file, the gate reads the rows faster than they are counted.
    wanted = session.figures.get(delivery.entity, ()) if targets.is_final and not extract.is_small else ()
    counter = Counter(session.workspace, mapping.entity, wanted) if wanted else None
    rows = counter.watch(screening.good_batches(screened)) if counter else screening.good_batches(screened)
    # A savepoint: what was copied in vain goes.
    with session.connection.transaction():
        if targets.as_part:
            texts = parts.constant_texts(mapping.feed.columns, mapping.entity)
            parts.copy_part(session.connection, mapping.entity, constants, texts, rows)
        else:
            bulk.copy_rows(session.connection, targets.good, constants, rows, ahead=not extract.is_small)
    return replace(screened, counter=counter)


def _quarantine(session: Session, delivery: Delivery, targets: Targets, screened: Screening) -> None:
    origin = session.origin
    constants: dict[str, Constant] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "batch_id": origin.batch_id,
        "entity": delivery.entity,
        "source_file": delivery.file.name,
    }
    rows = screening.quarantine_batches(screened, with_keys=targets.with_keys)
    bulk.copy_rows(session.connection, targets.bad, constants, rows, jsonb=["row_data"])
