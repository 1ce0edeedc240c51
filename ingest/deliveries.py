"""Deliveries: the files, tables and queries that the feeds of one source have ready for a business date."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest import locations
from ingest.companies import CompanyConfig, CompanyError, UnreachableSourceError
from ingest.feeds import Feed
from ingest.locations import FoundFile, LocationError, UnreachableLocationError
from ingest.mapping import FeedMapping, map_feed


@dataclass(frozen=True)
class Delivery:
    """One file of a feed, or the rows of its table or query.

    Attributes:
        mapping: Feed with contract.
        location: Folder or URL of the source, or the URL of its database.
        file: The file; for databases a name only, dated where the query depends on the business date.
        lookups: Alias and file of each lookup.
        neighbors: Names of all files of the feed that lie there now.
    """

    mapping: FeedMapping
    location: str
    file: FoundFile
    lookups: tuple[tuple[str, FoundFile], ...] = ()
    neighbors: frozenset[str] = frozenset()

    @property
    def entity(self) -> str:
        """Entity the rows are of."""
        return self.mapping.entity.name


def find_deliveries(
    config: CompanyConfig, source_name: str, business_date: date, only: Collection[str] | None = None
) -> Iterator[Delivery]:
    """Yield what a source has ready: by feed as in sources.yml, then by date and name; later dates are left out.

    Args:
        config: The company.
        source_name: One of its sources.
        business_date: Last date of files to take.
        only: Names of files, relative to the location or without folders; None for all.

    Raises:
        UnreachableSourceError: the location is on another machine, which does not answer.
        CompanyError: the location does not exist, or holds no file of any feed.
    """
    source = config.source(source_name)
    location = config.location(source_name)
    found = False
    for feed in source.feeds:
        for delivery in _of_feed(config, source_name, location, feed, business_date):
            found = True
            if delivery.file.file_date and delivery.file.file_date > business_date:
                continue
            if only is None or not {delivery.file.name, Path(delivery.file.name).name}.isdisjoint(only):
                yield delivery
    if not found:
        patterns = ", ".join(feed.files or "" for feed in source.feeds)
        place = locations.without_login(location)
        raise CompanyError(
            f"{config.company_id}: source {source_name}: no file in {place} matches {patterns}. "
            f"Put the extracts there, or correct {_setting(source.location)}"
        )


def require_file(config: CompanyConfig, source_names: Sequence[str], business_date: date, file: str) -> None:
    """Make sure that a file named by hand is there to be taken.

    Raises:
        CompanyError: no feed of the sources has it by the business date.
    """
    if not any(True for name in source_names for _ in find_deliveries(config, name, business_date, [file])):
        raise CompanyError(
            f"{config.company_id}: no file {file} up to {business_date} in {', '.join(source_names)}: name a file that "
            "a feed matches, relative to its location or without folders, or give a later date"
        )


def feeds_in_use(config: CompanyConfig, source_name: str) -> set[tuple[str, str]]:
    """Return entity and fingerprint of every feed of a source."""
    return {(feed.entity, map_feed(feed).fingerprint) for feed in config.source(source_name).feeds}


def _of_feed(
    config: CompanyConfig, source_name: str, location: str, feed: Feed, business_date: date
) -> Iterator[Delivery]:
    mapping = map_feed(feed)
    if feed.files is None:
        # The rows of one day do not replace those of another.
        day = business_date if ":business_date" in (feed.query or "") else None
        yield Delivery(mapping, location, FoundFile(feed.database_name, "", day))
        return
    try:
        lookups = tuple((alias, _lookup(location, alias, feed)) for alias in feed.lookups)
        files = locations.find_files(location, feed, feed.file_date)
        neighbors = frozenset(file.name for file in files)
        for file in files:
            yield Delivery(mapping, location, file, lookups, neighbors)
    except UnreachableLocationError as error:
        raise UnreachableSourceError(f"{config.company_id}: source {source_name}: {error}") from None
    except LocationError as error:
        raise CompanyError(
            f"{config.company_id}: source {source_name}: {error}. "
            f"Put the extracts there, or correct {_setting(config.source(source_name).location)}"
        ) from None


def _lookup(location: str, alias: str, feed: Feed) -> FoundFile:
    files = locations.find_files(location, feed.lookups[alias])
    if len(files) != 1:
        pattern = feed.lookups[alias].files
        raise LocationError(f"lookup {alias} of {feed.entity}: {len(files)} files match {pattern}, and it needs one")
    return files[0]


def _setting(location: str | None) -> str:
    variables = ", ".join(locations.variables(location or ""))
    return f"the variable {variables} or the location in sources.yml" if variables else "the location in sources.yml"
