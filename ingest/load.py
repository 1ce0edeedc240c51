"""Loading: every file of a source in a transaction of its own, good rows to raw, bad rows to quarantine."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import psycopg

from ingest import companies, ddl, deliveries, holidays, intake, records
from ingest.companies import CompanyConfig, CompanyError
from ingest.copying import Session
from ingest.deliveries import Delivery
from ingest.entries import LedgerEntry
from ingest.fresh import Fresh
from ingest.history import History
from ingest.records import Origin
from ingest.report import LoadReport, summarize
from ingest.workspace import open_workspace
from warehouse import batches
from warehouse.connection import Role, connect
from warehouse.figures import LoadFigure

log = logging.getLogger(__name__)

Progress = Callable[[LedgerEntry], None]
# What to count of the rows of large files, by entity.
Figures = Mapping[str, Sequence[LoadFigure]]


def open_batch(company_id: str, business_date: date, *, is_refresh: bool = False) -> int:
    """Register the company and return the batch to load into.

    A refresh of the company that is at work has its end first: it lets its batch through while files could still come.

    Args:
        company_id: Company to load.
        business_date: Date the load is for.
        is_refresh: Whether it is such a refresh that loads: warehouse.batches.refreshing() lets it.

    Returns:
        Id of the batch of that company and date that still waits for its gate, or of a new one.

    Raises:
        CompanyError: the configuration is wrong, its country has no known holidays, or the warehouse lacks tables or
            columns.
    """
    config = companies.load_company_config(company_id)
    with connect(Role.LOADER) as connection:
        if missing := ddl.missing_columns(connection):
            raise CompanyError(f"the warehouse lacks {', '.join(missing[:5])}: run `python -m ingest init`")
        if not is_refresh:
            # Before a row is locked that the refresh writes as well.
            batches.await_refresh(connection, company_id)
        companies.register(connection, config)
        _write_holidays(connection, config)
        batch_id = batches.open_batch(connection, company_id, business_date)
    log.info("%s %s is loaded into batch %s", company_id, business_date, batch_id)
    return batch_id


def load_source(
    company_id: str,
    source_system: str,
    business_date: date,
    batch_id: int,
    figures: Figures | None = None,
    *,
    will_retry: bool = False,
) -> LoadReport:
    """Load what one source system has ready; each file and entity is a transaction of its own.

    Args:
        company_id: Company.
        source_system: Source of that company.
        business_date: Files dated later are left for later.
        batch_id: Open batch.
        figures: What to count of the rows of large files while they load; None for nothing.
        will_retry: False to refuse what a source holds that does not answer, and to go on with the rest.

    Raises:
        CompanyError: the configuration is wrong, or there is nothing to load at all.
        ConnectionError: the source does not answer: a location that cannot be listed, or, with will_retry, anything.
        psycopg.OperationalError: the warehouse is not reachable; files before stay loaded, a repeat goes on from there.
    """
    config = companies.load_company_config(company_id)
    origin = Origin(company_id, source_system, business_date, batch_id)
    return summarize(batch_id, _load_source(config, origin, figures=figures, will_retry=will_retry))


def load_company(
    company_id: str,
    business_date: date,
    source: str | None = None,
    file: str | None = None,
    progress: Progress | None = None,
    *,
    is_full: bool = False,
    figures: Figures | None = None,
) -> LoadReport:
    """Open a batch, load all sources of a company and close the batch.

    Args:
        company_id: Company.
        business_date: Files dated later are left for later.
        source: One source, None for all.
        file: Name of one file, None for all.
        progress: Called with every file's entry.
        is_full: Compare everything where a feed with a cursor would pull only what changed.
        figures: What to count of the rows of large files while they load; None for nothing.

    Raises:
        CompanyError: the configuration is wrong, there is nothing to load at all, no such file, or no feed that could
            be compared.
    """
    config = companies.load_company_config(company_id)
    # Before there is a batch: what was mistyped must not leave an empty one behind.
    names = config.source_names(source)
    if file is not None:
        deliveries.require_file(config, names, business_date, file)
    if is_full and not any(feed.cursor for name in names for feed in config.source(name).feeds):
        raise CompanyError(f"{company_id}: no feed of {', '.join(names)} has a cursor; others are read whole anyway")
    batch_id = open_batch(company_id, business_date)
    entries: list[LedgerEntry] = []
    for name in names:
        origin = Origin(company_id, name, business_date, batch_id)
        only = [file] if file else None
        entries += _load_source(config, origin, only, progress, is_full=is_full, figures=figures)
    with connect(Role.LOADER) as connection:
        batches.close_batch(connection, batch_id)
    return summarize(batch_id, entries)


def load_fresh(company_id: str, fresh: Fresh, figures: Figures | None = None) -> LoadReport:
    """Load files that have landed into a batch of their date, and close it; within warehouse.batches.refreshing().

    Args:
        company_id: Company.
        fresh: What fresh_files() found.
        figures: What to count of the rows of large files while they load; None for nothing.

    Raises:
        CompanyError: the configuration is wrong.
    """
    config = companies.load_company_config(company_id)
    batch_id = open_batch(company_id, fresh.business_date, is_refresh=True)
    entries: list[LedgerEntry] = []
    for source, names in fresh.files.items():
        origin = Origin(company_id, source, fresh.business_date, batch_id)
        entries += _load_source(config, origin, names, figures=figures)
    with connect(Role.LOADER) as connection:
        batches.close_batch(connection, batch_id)
    return summarize(batch_id, entries)


def _write_holidays(connection: psycopg.Connection, config: CompanyConfig) -> None:
    try:
        holidays.write_holidays(connection, config.country)
    except NotImplementedError:
        raise CompanyError(
            f"{config.company_id}: no holidays are known for country {config.country}: correct company.country in "
            "sources.yml, an ISO 3166 alpha-2 code such as DE"
        ) from None


def _load_source(
    config: CompanyConfig,
    origin: Origin,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
    *,
    is_full: bool = False,
    figures: Figures | None = None,
    will_retry: bool = False,
) -> list[LedgerEntry]:
    source_system = origin.source_system
    started_at = datetime.now(UTC)
    with open_workspace() as workspace, connect(Role.LOADER, autocommit=True) as connection:
        # A crash of the server may lose the last files, each as a whole and its ledger row with it, so that they load
        # again; close_batch and the gate wait for the disk.
        connection.execute("set synchronous_commit = off")
        history = History(records.read_history(connection, origin), deliveries.feeds_in_use(config, source_system))
        session = Session(workspace, connection, origin, history, {}, is_full, figures or {}, will_retry)
        found = deliveries.find_deliveries(config, source_system, origin.business_date, only)
        entries = _load_files(session, found, progress or _ignore)
        connection.execute("set synchronous_commit = on")
        # As of the beginning: what is rewritten after it was found known, and before it is recorded, is fresh.
        records.record(connection, origin, [entry for entry in entries if entry.status == "skipped"], started_at)
    return entries


def _load_files(session: Session, found: Iterable[Delivery], progress: Progress) -> list[LedgerEntry]:
    entries: list[LedgerEntry] = []
    for delivery in found:
        entry = intake.take_in(session, delivery)
        session.workspace.clear()
        entries.append(entry)
        progress(entry)
    return entries


def _ignore(_: LedgerEntry) -> None:
    return None
