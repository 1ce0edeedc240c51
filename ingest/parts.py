"""Large files as tables of their own below a raw table: what all rows share is kept once, not in every row.

PostgreSQL keeps the value of a column that is added with a constant default in the catalog until a row is written
anew. So the rows of a large file go into a new table without these columns; the columns are added, which touches no
row, and the table becomes a child of the raw table, all in the transaction of the file. Who reads the raw table reads
its children with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from ingest import bulk, indexes
from ingest.contracts import Entity
from ingest.encode import Constant
from ingest.feeds import Column

SCHEMA = "raw_parts"
# Below it, a table of its own costs more than it saves.
PART_BYTES = 32 << 20
# The planner looks at every child of a table.
MAX_PARTS = 200
# Stored, so that the check on it lets a query for other batches pass the table by.
_STORED = ("_batch_id",)


@dataclass(frozen=True)
class _Column:
    """A column of the raw table: name, type, and whether it may be null."""

    name: str
    kind: str
    is_required: bool

    def define(self, default: sql.Composable | None = None) -> sql.Composed:
        """Return its definition."""
        words: list[sql.Composable] = [sql.Identifier(self.name), sql.SQL(self.kind)]  # type: ignore[arg-type]
        if default is not None:
            words.append(sql.SQL("default {}").format(default))
        if self.is_required:
            words.append(sql.SQL("not null"))
        return sql.SQL(" ").join(words)


def is_worth_it(connection: psycopg.Connection, entity: str, byte_count: int | None) -> bool:
    """Tell whether a file is large enough for a table of its own, and the raw table has not too many already."""
    if (byte_count or 0) < PART_BYTES:
        return False
    found = connection.execute(
        "select count(*) from pg_inherits where inhparent = %s::regclass", [f"raw.{entity}"]
    ).fetchone()
    return found is not None and found[0] < MAX_PARTS


def constant_texts(columns: Mapping[str, Column], entity: Entity) -> dict[str, str]:
    """Return the fields of type text that a mapping fills with one text for all rows."""
    texts = {name: columns[name].constant for name in columns}
    fields = [field.name for field in entity.fields if field.physical_type == "text"]
    return {name: text for name in fields if isinstance(text := texts.get(name), str)}


def copy_part(
    connection: psycopg.Connection,
    entity: Entity,
    constants: Mapping[str, Constant],
    texts: Mapping[str, str],
    batches: Iterable[Any],
) -> None:
    """Copy the rows of a file into a new table and make it a part of the raw table, within the transaction.

    Its keys are indexed where those of the raw table are.

    Args:
        connection: Connection as the owner of the raw table.
        entity: Contract of the raw table.
        constants: Columns that the loader adds and that are the same in all rows.
        texts: The same of columns of the batches, all of type text.
        batches: Arrow batches, at least one.
    """
    columns = {column.name: column for column in _columns(connection, entity.name)}
    remaining = _without(batches, texts)
    first = next(remaining)
    stored = [*_STORED, *first.schema.names]
    table = _create(connection, entity.name, [columns[name] for name in stored], constants["_batch_id"])
    part = sql.Identifier(SCHEMA, table)
    kept = {name: constants[name] for name in _STORED}
    bulk.copy_rows(connection, part, kept, chain([first], remaining), ahead=True)
    # Of all rows the same too: a load is one transaction.
    defaults: dict[str, sql.Composable] = {"_loaded_at": sql.SQL("now()")}
    defaults |= {name: sql.Literal(value) for name, value in {**constants, **texts}.items()}
    changes = [
        sql.SQL("add column {}").format(column.define(defaults.get(name)))
        for name, column in columns.items()
        if name not in stored
    ]
    connection.execute(
        sql.SQL("alter table {} {}, inherit {}").format(
            part, sql.SQL(", ").join(changes), sql.Identifier("raw", entity.name)
        )
    )
    indexes.index_part(connection, entity, (SCHEMA, table))


def _columns(connection: psycopg.Connection, entity: str) -> list[_Column]:
    rows = connection.execute(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [f"raw.{entity}"],
    ).fetchall()
    return [_Column(*row) for row in rows]


def _create(connection: psycopg.Connection, entity: str, columns: list[_Column], batch_id: Constant) -> str:
    found = connection.execute("select pg_current_xact_id()::text").fetchone()
    # Numbers of transactions are given once in the life of a server; in one transaction, one file is loaded.
    name = f"{entity}_{found[0] if found else 0}"
    connection.execute(
        sql.SQL("create table {} ({}, check (_batch_id = {}))").format(
            sql.Identifier(SCHEMA, name),
            sql.SQL(", ").join(column.define() for column in columns),
            sql.Literal(batch_id),
        )
    )
    return name


def _without(batches: Iterable[Any], texts: Mapping[str, str]) -> Iterator[Any]:
    for batch in batches:
        yield batch.drop_columns(list(texts)) if texts else batch
