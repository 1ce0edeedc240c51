"""Loading: every file of a source in a transaction of its own, good rows to raw, bad rows to quarantine."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

import psycopg
from psycopg import sql

from ingest import bulk, companies, ddl, deliveries, holidays, ledger, records, screening
from ingest.companies import CompanyError
from ingest.deliveries import Content, Delivery
from ingest.inspection import RefusedFileError
from ingest.mapping import MappingError
from ingest.readers import Extract
from ingest.records import LedgerEntry, Origin
from ingest.report import LoadReport, merge, summarize
from ingest.screening import Screening, SecondLookNeededError
from ingest.workspace import Workspace, open_workspace
from warehouse.connection import Role, connect

log = logging.getLogger(__name__)

Progress = Callable[[LedgerEntry], None]


def open_batch(company_id: str, business_date: date, run_id: str | None) -> int:
    """Register the company and return the batch to load into.

    Args:
        company_id: Company to load.
        business_date: Date the load is for.
        run_id: Name of the run, for the log.

    Returns:
        Id of the batch of that company and date that still waits for its gate, or of a new one.

    Raises:
        CompanyError: the configuration is wrong, or the warehouse lacks tables or columns.
    """
    config = companies.load_company_config(company_id)
    with connect(Role.LOADER) as connection:
        if missing := ddl.missing_columns(connection):
            raise CompanyError(f"the warehouse lacks {', '.join(missing[:5])}: run `python -m ingest init`")
        companies.register(connection, config)
        holidays.write_holidays(connection, config.country)
        batch_id = ledger.open_batch(connection, company_id, business_date)
    log.info("Run %s loads %s %s into batch %s", run_id or "by hand", company_id, business_date, batch_id)
    return batch_id


def load_source(
    company_id: str,
    source_system: str,
    business_date: date,
    batch_id: int,
    file: str | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Load what one source system has ready; each file and entity is a transaction of its own.

    Args:
        company_id: Company.
        source_system: Source of that company.
        business_date: Files dated later are left for later.
        batch_id: Open batch.
        file: Name of one file, None for all.
        progress: Called with every file's entry.

    Raises:
        CompanyError: the configuration is wrong, or there is nothing to load at all.
        psycopg.OperationalError: the warehouse is not reachable; files before stay loaded, a repeat goes on from there.
    """
    config = companies.load_company_config(company_id)
    origin = Origin(company_id, source_system, business_date, batch_id)
    with open_workspace() as workspace, connect(Role.LOADER, autocommit=True) as connection:
        # A crash of the server may lose the last files, each as a whole and its ledger row with it, so that they load
        # again; close_batch and the gate wait for the disk.
        connection.execute("set synchronous_commit = off")
        session = _Session(workspace, connection, origin, records.known_contents(connection, origin), {})
        found = deliveries.find_deliveries(config, source_system, business_date, file)
        entries = _load_files(session, found, progress or _ignore)
        connection.execute("set synchronous_commit = on")
        records.record(connection, origin, [entry for entry in entries if entry.status == "skipped"])
    return summarize(batch_id, entries)


def load_company(
    company_id: str,
    business_date: date,
    run_id: str | None = None,
    source: str | None = None,
    file: str | None = None,
    progress: Progress | None = None,
) -> LoadReport:
    """Open a batch, load all sources of a company and close the batch.

    Args:
        company_id: Company.
        business_date: Files dated later are left for later.
        run_id: Name of the run, for the log.
        source: One source, None for all.
        file: Name of one file, None for all.
        progress: Called with every file's entry.

    Raises:
        CompanyError: the configuration is wrong, or there is nothing to load at all.
    """
    names = [source] if source else list(companies.load_company_config(company_id).sources)
    batch_id = open_batch(company_id, business_date, run_id)
    reports = [load_source(company_id, name, business_date, batch_id, file, progress) for name in names]
    with connect(Role.LOADER) as connection:
        ledger.close_batch(connection, batch_id)
    return merge(batch_id, reports)


@dataclass(frozen=True)
class _Session:
    """What the files of one load share."""

    workspace: Workspace
    connection: psycopg.Connection
    origin: Origin
    known: dict[tuple[str, str, str], str]
    hashes: dict[str, str]


def _load_files(session: _Session, found: Iterable[Delivery], progress: Progress) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for delivery in found:
        entry = _load_file(session, delivery)
        session.workspace.clear()
        entries.append(entry)
        progress(entry)
    return entries


def _load_file(session: _Session, delivery: Delivery) -> LedgerEntry:
    started = time.monotonic()
    entry = LedgerEntry(delivery.entity, delivery.file.name, delivery.file.file_date, "refused", 0.0)
    try:
        entry = replace(entry, mapping_sha256=delivery.mapping.fingerprint)
        content = deliveries.bring(session.workspace, delivery, session.origin.business_date, session.hashes)
        entry = replace(entry, content_sha256=content.sha256, byte_count=content.byte_count)
        identity = (delivery.entity, content.sha256, delivery.mapping.fingerprint)
        if identity in session.known:
            return _skipped(entry, started, f"same content as {session.known[identity]}, loaded before")
        return _load_content(session, delivery, content, entry, started)
    except psycopg.errors.UniqueViolation:
        return _skipped(entry, started, "the same content was loaded at the same time")
    except (RefusedFileError, MappingError, psycopg.DataError, OSError) as error:
        refused = replace(entry, message=_message(error), seconds=time.monotonic() - started)
        records.record(session.connection, session.origin, [refused])
        log.warning("%s refused for %s: %s", refused.source_file, refused.entity, refused.message)
        return refused


def _load_content(
    session: _Session, delivery: Delivery, content: Content, entry: LedgerEntry, started: float
) -> LedgerEntry:
    origin, file = session.origin, delivery.file
    constants: dict[str, str | int] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "_batch_id": origin.batch_id,
        "_source_file": file.name,
    }
    with session.connection.transaction():
        identity = (delivery.entity, content.sha256, delivery.mapping.fingerprint)
        if not records.lock_content(session.connection, origin, *identity):
            return _skipped(entry, started, "same content, loaded at the same time")
        extract = deliveries.open_content(session.workspace, delivery, content)
        screened = _copy(session, delivery, extract, constants)
        if screened.tally.bad:
            _quarantine(session, delivery, screened)
        loaded = replace(
            entry,
            status="loaded",
            rows_read=screened.tally.read,
            rows_loaded=screened.tally.good,
            rows_quarantined=screened.tally.bad,
            unknown_columns=screened.selection.unknown_columns,
            message=screening.remarks(screened),
            seconds=time.monotonic() - started,
        )
        records.record(session.connection, origin, [loaded])
    session.known[identity] = file.name
    return loaded


def _copy(session: _Session, delivery: Delivery, extract: Extract, constants: dict[str, str | int]) -> Screening:
    """Copy the good rows of a file, hopefully in one reading."""
    for hopeful in (True, False):
        screened = screening.screen(
            session.workspace,
            delivery.mapping,
            extract,
            delivery.file.name,
            delivery.file.file_date,
            hopeful=hopeful,
        )
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
            log.info("%s has repeated keys or malformed lines and is read again", delivery.file.name)
    return screened


def _quarantine(session: _Session, delivery: Delivery, screened: Screening) -> None:
    origin = session.origin
    constants: dict[str, str | int] = {
        "company_id": origin.company_id,
        "source_system": origin.source_system,
        "batch_id": origin.batch_id,
        "entity": delivery.entity,
        "source_file": delivery.file.name,
    }
    rows = screening.quarantine_batches(screened)
    bulk.copy_rows(session.connection, sql.Identifier("ops", "quarantine"), constants, rows, jsonb=["row_data"])


def _skipped(entry: LedgerEntry, started: float, message: str) -> LedgerEntry:
    return replace(entry, status="skipped", message=message, seconds=time.monotonic() - started)


def _message(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _ignore(_: LedgerEntry) -> None:
    return None
