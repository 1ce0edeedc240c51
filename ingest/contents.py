"""Contents of deliveries: brought within reach, hashed, and opened for reading."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingest import databases, locations, readers
from ingest.databases import Pull
from ingest.deliveries import Delivery
from ingest.inspection import RefusedFileError, content_hash, reason, unpacked_hash
from ingest.locations import FoundFile
from ingest.readers import Extract
from ingest.workspace import Workspace, identifier

# Path to the hash of the bytes, and to that of what is inside.
Hashes = dict[str, tuple[str, str]]


@dataclass(frozen=True)
class Content:
    """A delivery brought within reach.

    Attributes:
        path: Local file, or the spooled rows of a database.
        pull: Rows read from a database, None for files.
    """

    path: Path
    pull: Pull | None = None


def bring(workspace: Workspace, delivery: Delivery, business_date: date) -> Content:
    """Bring a delivery within reach.

    Args:
        workspace: Where remote files and rows are kept.
        delivery: What to bring.
        business_date: Value of ``:business_date`` in queries.

    Raises:
        RefusedFileError: it must not or cannot be read.
    """
    if delivery.file.problem:
        raise RefusedFileError(delivery.file.problem)
    if delivery.mapping.feed.files is not None:
        return Content(_local(workspace, delivery.location, delivery.file))
    pulled = pull(workspace, delivery, business_date)
    return Content(pulled.written.path, pulled)


def pull(workspace: Workspace, delivery: Delivery, business_date: date, mark: str | None = None) -> Pull:
    """Read the rows of a table or query.

    Args:
        workspace: Where the rows are kept.
        delivery: What to read.
        business_date: Value of ``:business_date`` in queries.
        mark: Mark of the last pull of a feed with a cursor; None to read everything.

    Raises:
        RefusedFileError: the database cannot be read.
    """
    feed = delivery.mapping.feed
    parameters = {"business_date": business_date} if ":business_date" in (feed.query or "") else {}
    return databases.read(delivery.location, feed, parameters, workspace.scratch(".csv"), mark)


def delivered_digest(workspace: Workspace, delivery: Delivery, content: Content, hashes: Hashes) -> str:
    """Return the hash of the bytes as delivered, and of lookups and name where the mapping uses them.

    Args:
        workspace: Where remote lookups are kept.
        delivery: What was delivered.
        content: Its bytes.
        hashes: Hashes of lookups by path, kept for a whole load.

    Raises:
        RefusedFileError: a lookup must not or cannot be read.
    """
    lookups = _lookup_hashes(workspace, delivery, hashes)
    return _digest(delivery, [content_hash(content.path), *(delivered for delivered, _ in lookups)])


def unpacked_digest(workspace: Workspace, delivery: Delivery, content: Content, hashes: Hashes) -> str | None:
    """Return the hash of what a delivery holds, whatever it is packed in; None where nothing is packed.

    Args:
        workspace: Where remote lookups are kept.
        delivery: What was delivered.
        content: Its bytes.
        hashes: Hashes of lookups by path, kept for a whole load.

    Raises:
        RefusedFileError: it, or a lookup, is empty, damaged, or packed beyond measure.
    """
    own = unpacked_hash(content.path)
    lookups = _lookup_hashes(workspace, delivery, hashes)
    if own is None and all(delivered == unpacked for delivered, unpacked in lookups):
        return None
    return _digest(delivery, [own or content_hash(content.path), *(unpacked for _, unpacked in lookups)])


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
    if content.pull is not None:
        return readers.open_spool(content.pull.written, feed.nulls)
    return readers.open_file(workspace, content.path, delivery.file.name, feed)


def _lookup_hashes(workspace: Workspace, delivery: Delivery, hashes: Hashes) -> list[tuple[str, str]]:
    for _, lookup in delivery.lookups:
        if lookup.path not in hashes:
            path = _local(workspace, delivery.location, lookup)
            delivered = content_hash(path)
            hashes[lookup.path] = (delivered, unpacked_hash(path) or delivered)
    return [hashes[lookup.path] for _, lookup in delivery.lookups]


def _digest(delivery: Delivery, parts: list[str]) -> str:
    if delivery.mapping.uses_file_name:
        parts = [*parts, delivery.file.name]
    return parts[0] if len(parts) == 1 else hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _make_table(workspace: Workspace, alias: str, lookup: Extract) -> None:
    if lookup.is_csv and lookup.rejected:
        raise RefusedFileError(f"its lookup {alias} is malformed: a record {lookup.rejected[0].reason}")
    try:
        workspace.duck.execute(f"create or replace temp table {identifier(alias)} as from {lookup.relation}")
    except duckdb.Error as error:
        raise RefusedFileError(f"its lookup {alias} cannot be read: {reason(error)}") from error


def _local(workspace: Workspace, location: str, file: FoundFile) -> Path:
    if file.problem:
        raise RefusedFileError(file.problem)
    return locations.local_copy(location, file, workspace.scratch(f"-{Path(file.path).name}"))
