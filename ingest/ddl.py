"""Tables of schema raw, made from the contracts."""

from __future__ import annotations

import psycopg
from psycopg import sql

from ingest.contracts import Entity, load_entities
from warehouse.connection import Role, connect

# In the order of the table: before and after the fields of the contract. Descriptions become comments and dbt docs.
ORIGIN_COLUMNS = {
    "company_id": ("text not null", "Company the row belongs to: the name of its folder under companies/."),
    "source_system": ("text not null", "Source system that delivered the row, as named in sources.yml."),
}
LOAD_COLUMNS = {
    "_batch_id": ("bigint not null", "Batch that loaded the row: ops.batches.batch_id."),
    "_source_file": ("text not null", "File the row came from, relative to the location of its source system."),
    # The default is for rows that come by other ways than the loader.
    "_file_date": (
        "date not null default current_date",
        "Date the row is of: the date in the name of its file, else the business date of the load.",
    ),
    "_row_number": ("bigint not null", "Position of the row in its file, counted from 1 = first row of data."),
    "_loaded_at": ("timestamptz not null default now()", "Instant (UTC) at which the row was loaded."),
}


def create_raw_tables() -> list[str]:
    """Create the raw tables, add the columns of contracts that grew, and renew all comments; safe to repeat.

    Returns:
        What was created: ``raw.<entity>`` for tables, ``raw.<entity>.<column>`` for columns.
    """
    created: list[str] = []
    with connect(Role.LOADER) as connection:
        # Two commands at once would collide in the catalog.
        connection.execute("select pg_advisory_xact_lock(hashtext('ingest.ddl'))")
        known = _known_columns(connection)
        for entity in load_entities().values():
            if entity.name in known:
                created += _add_columns(connection, entity, known[entity.name])
            else:
                _create_table(connection, entity)
                created.append(f"raw.{entity.name}")
            _comment(connection, entity)
    return created


def missing_columns(connection: psycopg.Connection) -> list[str]:
    """Return the columns, as ``raw.<entity>.<column>``, that raw tables have by contract and the warehouse lacks."""
    known = _known_columns(connection)
    return [
        f"raw.{entity.name}.{name}"
        for entity in load_entities().values()
        for name in column_comments(entity)
        if name not in known.get(entity.name, ())
    ]


def column_comments(entity: Entity) -> dict[str, str]:
    """Return the description of every column of a raw table, in order."""
    origin = {name: text for name, (_, text) in ORIGIN_COLUMNS.items()}
    fields = {field.name: field.description for field in entity.fields}
    return origin | fields | {name: text for name, (_, text) in LOAD_COLUMNS.items()}


def _known_columns(connection: psycopg.Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "select table_name, column_name from information_schema.columns where table_schema = 'raw'"
    ).fetchall()
    known: dict[str, set[str]] = {}
    for table, column in rows:
        known.setdefault(table, set()).add(column)
    return known


def _create_table(connection: psycopg.Connection, entity: Entity) -> None:
    types = {name: kind for name, (kind, _) in ORIGIN_COLUMNS.items()}
    types |= {field.name: field.physical_type for field in entity.fields}
    types |= {name: kind for name, (kind, _) in LOAD_COLUMNS.items()}
    columns = sql.SQL(", ").join(_definition(name, kind) for name, kind in types.items())
    connection.execute(sql.SQL("create table {} ({})").format(_table(entity), columns))
    connection.execute(
        sql.SQL("create index {} on {} using brin (_batch_id)").format(
            sql.Identifier(f"{entity.name}_batch"), _table(entity)
        )
    )


def _add_columns(connection: psycopg.Connection, entity: Entity, known: set[str]) -> list[str]:
    missing = [field for field in entity.fields if field.name not in known]
    for field in missing:
        connection.execute(
            sql.SQL("alter table {} add column {}").format(_table(entity), _definition(field.name, field.physical_type))
        )
    added = [field.name for field in missing]
    if "_file_date" not in known:
        _add_file_date(connection, entity)
        added.append("_file_date")
    return [f"raw.{entity.name}.{name}" for name in added]


def _add_file_date(connection: psycopg.Connection, entity: Entity) -> None:
    """Add the date of the file to a table of an earlier version, with what the ledger knows of its files."""
    names = {"table": _table(entity), "entity": sql.Literal(entity.name)}
    for statement in (
        "alter table {table} add column _file_date date",
        """
        update {table} as target set _file_date = files.file_date
        from (
            select batch_id, source_system, source_file, max(file_date) as file_date
            from (
                -- A file without a date is never older than what it replaces.
                select batch_id, source_system, source_file, coalesce(file_date, max(business_date) over (
                    partition by company_id, source_system, source_file order by load_id
                )) as file_date
                from ops.load_ledger where entity = {entity} and status in ('loaded', 'rejected')
            ) as loads
            group by batch_id, source_system, source_file
        ) as files
        where target._batch_id = files.batch_id and target.source_system = files.source_system
            and target._source_file = files.source_file
        """,
        """
        update {table} as target set _file_date = batches.business_date from ops.batches as batches
        where target._batch_id = batches.batch_id and target._file_date is null
        """,
        "update {table} set _file_date = _loaded_at::date where _file_date is null",
        "alter table {table} alter column _file_date set default current_date, alter column _file_date set not null",
        "analyze {table}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _comment(connection: psycopg.Connection, entity: Entity) -> None:
    connection.execute(sql.SQL("comment on table {} is {}").format(_table(entity), sql.Literal(table_comment(entity))))
    for name, text in column_comments(entity).items():
        column = sql.SQL(".").join([_table(entity), sql.Identifier(name)])
        connection.execute(sql.SQL("comment on column {} is {}").format(column, sql.Literal(text)))


def table_comment(entity: Entity) -> str:
    """Return the description of a raw table: its grain, and the caveat that versions pile up."""
    return f"{entity.description} Append-only: a corrected row is one more version of its key."


def _definition(name: str, kind: str) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))


def _table(entity: Entity) -> sql.Identifier:
    return sql.Identifier("raw", entity.name)
