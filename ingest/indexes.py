"""Indexes on the keys of raw tables, without which every pull would read all of a table: only where there are pulls."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from ingest.contracts import Entity

_SUFFIX = "_keys"


def index_keys(connection: psycopg.Connection, entity: Entity) -> None:
    """Index the keys of a raw table and of its parts, which no index of the table reaches."""
    # To create what is there would wait for all who write into the table.
    if not _unindexed(connection, entity):
        return
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('ingest.ddl'))")
        # The index of the table waits for those who make parts of it without one: see whether they have.
        while tables := _unindexed(connection, entity):
            for table in tables:
                _create(connection, entity, table)


def index_part(connection: psycopg.Connection, entity: Entity, part: Sequence[str]) -> None:
    """Index the keys of a new part, if those of its table are.

    Args:
        connection: Connection as the owner of the part, in the transaction that made it one.
        entity: Contract of its rows.
        part: Its schema and name.
    """
    index = f"raw.{entity.name}{_SUFFIX}"
    if connection.execute("select to_regclass(%s)", [index]).fetchone() != (None,):
        _create(connection, entity, part)
        # The next pull may come before autovacuum, and would read the part to its end.
        connection.execute(sql.SQL("analyze {}").format(sql.Identifier(*part)))


def _unindexed(connection: psycopg.Connection, entity: Entity) -> list[tuple[str, str]]:
    """Return schema and name of the raw table and its parts, as far as their keys are not indexed; the table first."""
    return connection.execute(
        """
        select namespaces.nspname, tables.relname
        from pg_class as tables
        inner join pg_namespace as namespaces on tables.relnamespace = namespaces.oid
        where (
            tables.oid = %(table)s::regclass
            or tables.oid in (select inhrelid from pg_inherits where inhparent = %(table)s::regclass)
        )
        and not exists (
            select 1 from pg_class as indexes
            where indexes.relnamespace = tables.relnamespace and indexes.relname = tables.relname || %(suffix)s
        )
        order by tables.oid
        """,
        {"table": f"raw.{entity.name}", "suffix": _SUFFIX},
    ).fetchall()


def _create(connection: psycopg.Connection, entity: Entity, table: Sequence[str]) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, ["company_id", "source_system", *entity.key]))
    connection.execute(
        sql.SQL("create index if not exists {} on {} ({})").format(
            sql.Identifier(f"{table[-1]}{_SUFFIX}"), sql.Identifier(*table), columns
        )
    )
