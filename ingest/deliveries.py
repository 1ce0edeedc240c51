"""Deliveries: the files, tables and queries that the feeds of one source have ready for a business date."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingest import locations, readers, spool
from ingest.companies import CompanyConfig, CompanyError
from ingest.feeds import Feed
from ingest.inspection import RefusedFileError, content_hash
from ingest.locations import FoundFile, LocationError
from ingest.mapping import FeedMapping, map_feed
from ingest.readers import Extract
from ingest.workspace import Workspace, identifier


@dataclass(frozen=True)
class Delivery:
    """One file of a feed, or the rows of its table or query.

    Attributes:
        mapping: Feed with contract.
        location: Folder or URL of the source, or the URL of its database.
        file: The file; for databases a name only.
        lookups: Alias and file of each lookup.
    """

    mapping: FeedMapping
    location: str
    file: FoundFile
    lookups: tuple[tuple[str, FoundFile], ...] = ()

    @property
    def entity(self) -> str:
        """Entity the rows are of."""
        return self.mapping.entity.name


@dataclass(frozen=True)
class Content:
    """A delivery brought within reach and hashed.

    Attributes:
        path: Local file, or the spooled rows of a database.
        sha256: Hash of the bytes, and of lookups and name where the mapping uses them.
        byte_count: Size.
        written: Spooled rows, None for files.
    """

    path: Path
    sha256: str
    byte_count: int
    written: spool.Spool | None = None


def find_deliveries(
    config: CompanyConfig, source_name: str, business_date: date, only_file: str | None = None
) -> Iterator[Delivery]:
    """Yield what a source has ready: by feed as in sources.yml, then by date and name; later dates are left out.

    Args:
        config: The company.
        source_name: One of its sources.
        business_date: Last date of files to take.
        only_file: Name of one file, relative to the location or without folders; None for all.

    Raises:
        CompanyError: the location does not exist, or holds no file of any feed.
    """
    source = config.source(source_name)
    location = config.location(source_name)
    found = False
    for feed in source.feeds:
        for delivery in _of_feed(config, source_name, location, feed):
            found = True
            if delivery.file.file_date and delivery.file.file_date > business_date:
                continue
            if only_file in (None, delivery.file.name, Path(delivery.file.name).name):
                yield delivery
    if not found:
        patterns = ", ".join(feed.files or "" for feed in source.feeds)
        place = locations.without_login(location)
        raise CompanyError(
            f"{config.company_id}: source {source_name}: no file in {place} matches {patterns}. "
            f"Put the extracts there, or correct {_setting(source.location)}"
        )


def bring(workspace: Workspace, delivery: Delivery, business_date: date, hashes: dict[str, str]) -> Content:
    """Bring a delivery within reach and hash it.

    Args:
        workspace: Where remote files and rows are kept.
        delivery: What to bring.
        business_date: Value of ``:business_date`` in queries.
        hashes: Hashes of lookups by path, kept for a whole load.

    Raises:
        RefusedFileError: it must not or cannot be read.
    """
    if delivery.file.problem:
        raise RefusedFileError(delivery.file.problem)
    feed = delivery.mapping.feed
    written = None
    if feed.files is None:
        written = _query(workspace, delivery, business_date)
        path = written.path
    else:
        path = _local(workspace, delivery.location, delivery.file)
    parts = [content_hash(path)]
    for _, lookup in delivery.lookups:
        if lookup.path not in hashes:
            hashes[lookup.path] = content_hash(_local(workspace, delivery.location, lookup))
        parts.append(hashes[lookup.path])
    if delivery.mapping.uses_file_name:
        parts.append(delivery.file.name)
    digest = parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return Content(path, digest, path.stat().st_size, written)


def open_content(workspace: Workspace, delivery: Delivery, content: Content) -> Extract:
    """Open a delivery for reading, with the lookups of its feed as tables.

    Raises:
        RefusedFileError: it, or a lookup, cannot be read.
    """
    feed = delivery.mapping.feed
    for alias, file in delivery.lookups:
        options = feed.lookups[alias]
        made_from = f"{delivery.location} {file.name} {options}"
        if workspace.lookups.get(alias) != made_from:
            path = _local(workspace, delivery.location, file)
            _make_table(workspace, alias, readers.open_file(workspace, path, file.name, options))
            workspace.lookups[alias] = made_from
    if content.written is not None:
        return readers.open_spool(content.written, feed.nulls)
    return readers.open_file(workspace, content.path, delivery.file.name, feed)


def _of_feed(config: CompanyConfig, source_name: str, location: str, feed: Feed) -> Iterator[Delivery]:
    mapping = map_feed(feed)
    if feed.files is None:
        name = f"table {feed.table}" if feed.table else f"query of {feed.entity}"
        yield Delivery(mapping, location, FoundFile(name, "", None))
        return
    try:
        lookups = tuple((alias, _lookup(location, alias, feed)) for alias in feed.lookups)
        for file in locations.find_files(location, feed, feed.file_date):
            yield Delivery(mapping, location, file, lookups)
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


def _make_table(workspace: Workspace, alias: str, lookup: Extract) -> None:
    try:
        workspace.duck.execute(f"create or replace temp table {identifier(alias)} as from {lookup.relation}")
    except duckdb.Error as error:
        raise RefusedFileError(f"its lookup {alias} cannot be read: {str(error).splitlines()[0]}") from error


def _setting(location: str | None) -> str:
    variables = ", ".join(locations.variables(location or ""))
    return f"the variable {variables} or the location in sources.yml" if variables else "the location in sources.yml"


def _local(workspace: Workspace, location: str, file: FoundFile) -> Path:
    if file.problem:
        raise RefusedFileError(file.problem)
    return locations.local_copy(location, file, workspace.scratch(f"-{Path(file.path).name}"))


def _query(workspace: Workspace, delivery: Delivery, business_date: date) -> spool.Spool:
    feed = delivery.mapping.feed
    query = feed.query or f"select * from {spool.quoted_table(delivery.location, feed.table or '')}"  # noqa: S608
    parameters = {"business_date": business_date} if ":business_date" in query else {}
    return spool.spool_query(delivery.location, query, parameters, workspace.scratch(".csv"))
