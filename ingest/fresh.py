"""Files that have landed since the last load: found by name and time alone, so that looking costs next to nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ingest import companies, deliveries
from ingest.companies import CompanyConfig, CompanyError
from ingest.deliveries import Delivery
from warehouse.connection import Role, connect

# A file that is still growing is taken at the next look. Who writes large files slowly should rename them into place.
SETTLED = timedelta(seconds=2)


@dataclass(frozen=True)
class Fresh:
    """What has landed.

    Attributes:
        business_date: Date of the newest of the files.
        files: Their names by source system.
    """

    business_date: date
    files: Mapping[str, frozenset[str]]


def fresh_files(company_id: str, until: date) -> Fresh | None:
    """Return the files that nobody has tried to load, or that were written since.

    A file that replaces a known one with its old time of change, and tables of databases, are left to the next whole
    load, which compares contents.

    Args:
        company_id: Company.
        until: Files dated later are left for later; those without a date wait for one that has a date.

    Returns:
        The files, or None when there is none with a date.

    Raises:
        CompanyError: the configuration is wrong.
    """
    config = companies.load_company_config(company_id)
    tried = _tried(company_id)
    newest: list[date] = []
    files: dict[str, frozenset[str]] = {}
    for source in config.sources:
        fresh = [
            one for one in _in_landing(config, source, until) if _is_fresh(one, tried.get((source, one.file.name)))
        ]
        newest += [one.file.file_date for one in fresh if one.file.file_date]
        if fresh:
            files[source] = frozenset(one.file.name for one in fresh)
    return Fresh(max(newest), files) if newest else None


def _in_landing(config: CompanyConfig, source: str, until: date) -> list[Delivery]:
    try:
        found = list(deliveries.find_deliveries(config, source, until))
    except CompanyError:
        # A source that has delivered nothing so far; the whole load reports it.
        return []
    return [one for one in found if one.file.modified_at]


def _is_fresh(delivery: Delivery, tried_at: datetime | None) -> bool:
    modified_at = delivery.file.modified_at
    if modified_at is None or modified_at > datetime.now(UTC) - SETTLED:
        return False
    # It may have been written while it was being loaded.
    return tried_at is None or modified_at > tried_at - SETTLED


def _tried(company_id: str) -> dict[tuple[str, str], datetime]:
    """Return by source and name when each file was last tried."""
    # What is refused is recorded when the work on it is over, and what was written meanwhile is fresh.
    query = """
        select source_system, source_file, max(
            case when status = 'refused' then recorded_at - make_interval(secs => seconds::double precision)
            else recorded_at end
        )
        from ops.load_ledger where company_id = %s group by 1, 2
    """
    with connect(Role.LOADER) as connection:
        rows = connection.execute(query, [company_id]).fetchall()
    return {(source, file): tried_at for source, file, tried_at in rows}
