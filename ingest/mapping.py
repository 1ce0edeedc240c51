"""Mappings: from the columns of a file to the fields of its contract, as SQL for DuckDB."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ingest import expressions
from ingest.contracts import Entity, load_entities
from ingest.feeds import Column, Feed
from ingest.inspection import RefusedFileError
from ingest.readers import Extract
from ingest.workspace import identifier, literal


class MappingError(ValueError):
    """An SQL expression of a mapping cannot be read; the message names the key."""


@dataclass(frozen=True)
class Selection:
    """What to take from one file.

    Attributes:
        expressions: Contract field to SQL expression over ``src`` and the lookups.
        unknown_columns: Columns of the file that nothing uses.
        absent_columns: Columns the mapping names for optional fields and the file lacks.
        inputs: Contract field whose expression is to fail on single rows to the columns of the file that it reads.
    """

    expressions: Mapping[str, str]
    unknown_columns: tuple[str, ...]
    absent_columns: tuple[str, ...]
    inputs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class FeedMapping:
    """A feed with its contract.

    Attributes:
        feed: The feed.
        entity: Contract of its rows.
        is_row_by_row: True to have expressions fail on single rows, which costs time, instead of the whole file.
    """

    feed: Feed
    entity: Entity
    is_row_by_row: bool = False

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that decides what a file becomes: the feed, and the version of its contract."""
        # A key that is not used changes nothing, so that new ones do not have all files loaded again.
        content = self.feed.model_dump(mode="json", exclude={"files", "file_date", "table"}, exclude_defaults=True)
        if self.feed.cursor:
            content["cursor"] = self.feed.cursor.identity
        content["contract"] = f"{self.entity.name} {self.entity.version}"
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @cached_property
    def referenced(self) -> frozenset[str]:
        """Names, in lower case, of all columns that SQL expressions of the feed refer to.

        Raises:
            MappingError: an expression is no SQL.
        """
        return frozenset(name for tree in self._trees.values() for name in expressions.column_names(tree))

    @cached_property
    def fallible(self) -> Mapping[str, frozenset[str]]:
        """Fields whose expression may fail on single rows, each with the names of the columns that it refers to.

        An expression that reaches beyond its row cannot be tried row by row: it fails for the whole file.
        """
        trees = ((name, self._trees.get(_key(name))) for name in self.feed.columns)
        return {
            name: frozenset(expressions.column_names(tree))
            for name, tree in trees
            if tree and expressions.is_fallible(tree)
        }

    @cached_property
    def _trees(self) -> Mapping[str, Any]:
        statements = self._statements()
        trees = expressions.parse(statements.values())
        for key, tree in zip(statements, trees, strict=True):
            if tree["error"]:
                raise MappingError(f"feed of {self.feed.entity}: {key}: {tree['error_message']}")
        return dict(zip(statements, trees, strict=True))

    @property
    def uses_file_name(self) -> bool:
        """True when the name of a file is part of what it says."""
        return any("_file_" in statement for statement in self._statements().values())

    def _statements(self) -> dict[str, str]:
        feed = self.feed
        statements = {_key(name): f"select {c.sql}" for name, c in feed.columns.items() if c.sql}
        if feed.where:
            statements["where"] = f"select {feed.where}"
        if feed.joins:
            statements["joins"] = f"select 1 from src {feed.joins}"
        return statements

    def select(self, extract: Extract) -> Selection:
        """Apply the mapping to the columns a file has.

        Raises:
            RefusedFileError: the file lacks a column that a required field or an expression needs.
        """
        present = {name.lower(): name for name in extract.columns}
        columns = self.feed.columns or self._by_name(present)
        absent = {
            name: column.column
            for name, column in columns.items()
            if column.column is not None and column.column.lower() not in present
        }
        self._refuse_missing(set(columns) - set(absent), absent, extract)
        selected = {
            field.name: _expression(columns[field.name], present)
            for field in self.entity.fields
            if field.name in columns and field.name not in absent
        }
        used = {column.column.lower() for column in columns.values() if column.column} | self.referenced
        unknown = tuple(name for name in extract.columns if name.lower() not in used)
        inputs = {
            field: tuple(name for name in extract.columns if name.lower() in names)
            for field, names in (self.fallible.items() if self.is_row_by_row else ())
        }
        return Selection(selected, unknown, tuple(absent.values()), inputs)

    def _by_name(self, present: Mapping[str, str]) -> dict[str, Column]:
        return {field.name: Column(column=field.name) for field in self.entity.fields if field.name in present}

    def _refuse_missing(self, mapped: set[str], absent: Mapping[str, str], extract: Extract) -> None:
        missing = [
            absent.get(field.name, field.name)
            for field in self.entity.fields
            if field.required and field.name not in mapped
        ]
        if missing:
            found = ", ".join(extract.columns[:50]) or "none"
            raise RefusedFileError(
                f"required column {', '.join(missing)} is missing; the file has {found}. "
                "Have it delivered, or correct columns, delimiter or header in sources.yml"
            )


def map_feed(feed: Feed) -> FeedMapping:
    """Return a feed with its contract."""
    return FeedMapping(feed, load_entities()[feed.entity])


def _expression(column: Column, present: Mapping[str, str]) -> str:
    if column.sql is not None:
        return f"({column.sql})"
    if column.constant is not None:
        constant = column.constant
        return literal(str(constant).lower() if isinstance(constant, bool) else str(constant))
    return f"src.{identifier(present[(column.column or '').lower()])}"


def _key(field: str) -> str:
    return f"columns.{field}.sql"
