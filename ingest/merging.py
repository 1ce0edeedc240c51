"""Rows of a pull against those in raw: only what changed becomes a version, and what is gone a tombstone."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
from psycopg import sql

from ingest.contracts import Entity
from ingest.copying import Targets
from ingest.ddl import LOAD_COLUMNS, ORIGIN_COLUMNS
from ingest.marks import Feed
from ingest.queries import key_column

PULLED, BAD = sql.Identifier("pulled"), sql.Identifier("pulled_bad")
TARGETS = Targets(PULLED, BAD, with_keys=True)
_BAD_COLUMNS = (
    *("company_id", "source_system", "batch_id", "entity", "source_file"),
    *("row_number", "column_name", "rule", "reason", "is_personal", "value", "row_data"),
)
# As in staging, of whose order a version must come first to be seen.
_NEWEST_FIRST = "updated_at desc nulls last, _file_date desc, _batch_id desc, _loaded_at desc, _row_number desc"


def create_tables(connection: psycopg.Connection, entity: Entity) -> None:
    """Create the tables that a pull is copied to, for the length of the transaction."""
    real = Targets.of(entity.name)
    keys = sql.SQL(", ").join(
        sql.SQL("cast(null as {}) as {}").format(sql.SQL(field.physical_type), sql.Identifier(key_column(field.name)))
        for field in entity.fields
        if field.key_position is not None
    )
    bad_columns = sql.SQL(", ").join([_list(_BAD_COLUMNS), keys])
    for table, like, columns in ((PULLED, real.good, _list(_columns(entity))), (BAD, real.bad, bad_columns)):
        connection.execute(
            sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
                table, columns, like
            )
        )


def add_changed(connection: psycopg.Connection, feed: Feed, entity: Entity) -> int:
    """Add the pulled rows that are new, or not as the newest version known of their key; return how many.

    A version must not be older than the one it replaces, whatever a clock of the source said: it gets the newer of
    both times of change.
    """
    connection.execute(sql.SQL("analyze {}").format(PULLED))
    compared = [f.name for f in entity.fields if f.name not in (*entity.key, "updated_at")]
    same_raw_key = _same(("company_id", "source_system", *entity.key), "raw_rows", "pulled")
    newest_change = sql.SQL("greatest(pulled.updated_at, known.updated_at)")
    columns = _columns(entity)
    statement = sql.SQL(
        """
        with known as ({newest})
        insert into {raw} ({columns})
        select {values} from {pulled} as pulled
        left join known on {same_known_key}
        where known._batch_id is null or ({pulled_values}) is distinct from ({known_values})
            or {newest_change} is distinct from known.updated_at
        """
    ).format(
        raw=Targets.of(entity.name).good,
        pulled=PULLED,
        newest=_newest_versions(entity, sql.SQL("inner join {} as pulled on {}").format(PULLED, same_raw_key)),
        same_known_key=_same(entity.key, "known", "pulled"),
        columns=_list(columns),
        values=sql.SQL(", ").join(newest_change if c == "updated_at" else _column("pulled", c) for c in columns),
        pulled_values=_list(compared, "pulled"),
        known_values=_list(compared, "known"),
        newest_change=newest_change,
    )
    return connection.execute(statement, feed.place).rowcount


def add_tombstones(connection: psycopg.Connection, feed: Feed, entity: Entity) -> tuple[int, int]:
    """Add a tombstone for every live row of the feed that a full pull has not found, neither good nor bad.

    A tombstone is the newest version of its row once more, marked as deleted, so that it counts on the same days.

    Returns:
        Number of tombstones, and of rows found.
    """
    columns = _columns(entity)
    own = {"is_deleted": sql.SQL("true"), "_batch_id": sql.Literal(feed.origin.batch_id), "_row_number": sql.SQL("0")}
    own["_file_date"] = sql.SQL("greatest(live._file_date, {})").format(sql.Literal(feed.origin.business_date))
    bad_key = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(_column("live", name), _column("bad", key_column(name))) for name in entity.key
    )
    statement = sql.SQL(
        """
        with live as ({newest})
        insert into {raw} ({columns})
        select {values} from live
        where not coalesce(live.is_deleted, false)
            and not exists (select 1 from {pulled} as pulled where {same_key})
            and not exists (select 1 from {bad} as bad where {bad_key})
        """
    ).format(
        raw=Targets.of(entity.name).good,
        pulled=PULLED,
        bad=BAD,
        newest=_newest_versions(entity),
        columns=_list(columns),
        values=sql.SQL(", ").join(own.get(c) or _column("live", c) for c in columns),
        same_key=_same(entity.key, "live", "pulled"),
        bad_key=bad_key,
    )
    gone = connection.execute(statement, feed.place).rowcount
    row = connection.execute(sql.SQL("select count(*) from {}").format(PULLED)).fetchone()
    return gone, row[0] if row else 0


def add_quarantined(connection: psycopg.Connection, feed: Feed) -> int:
    """Add the bad rows of a pull to the quarantine, but for those in it from an earlier pull; return how many rows."""
    # The reason of a repeated key names a place, which changes from pull to pull.
    statement = sql.SQL(
        """
        with added as (
            insert into {quarantine} ({columns})
            select {columns} from {bad} as bad
            where not exists (
                select 1 from {quarantine} as known
                inner join ops.batches as batches on known.batch_id = batches.batch_id
                where known.company_id = %s and known.source_system = %s and known.entity = %s
                    and known.source_file = %s and batches.gate_status <> 'rejected' and known.rule = bad.rule
                    and known.column_name is not distinct from bad.column_name
                    and known.row_data is not distinct from bad.row_data
            )
            order by bad.row_number
            returning row_number
        )
        select count(distinct row_number) from added
        """
    ).format(quarantine=sql.Identifier("ops", "quarantine"), columns=_list(_BAD_COLUMNS), bad=BAD)
    row = connection.execute(statement, feed.identity).fetchone()
    return row[0] if row else 0


def _newest_versions(entity: Entity, join: sql.Composable | None = None) -> sql.Composed:
    """Return the query for the newest version of each key that a feed has brought, of batches not rejected."""
    return sql.SQL(
        """
        select distinct on ({key}) raw_rows.*
        from {raw} as raw_rows {join}
        inner join ops.batches as batches on raw_rows._batch_id = batches.batch_id
        where raw_rows.company_id = %s and raw_rows.source_system = %s and raw_rows._source_file = %s
            and batches.gate_status <> 'rejected'
        order by {key}, {newest_first}
        """
    ).format(
        key=_list(entity.key, "raw_rows"),
        raw=Targets.of(entity.name).good,
        join=join or sql.SQL(""),
        newest_first=_newest_first("raw_rows"),
    )


def _columns(entity: Entity) -> tuple[str, ...]:
    loaded = (name for name in LOAD_COLUMNS if name != "_loaded_at")
    return (*ORIGIN_COLUMNS, *(field.name for field in entity.fields), *loaded)


def _column(alias: str, name: str) -> sql.Composable:
    return sql.Identifier(alias, name)


def _list(names: Sequence[str], alias: str | None = None) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, name) if alias else sql.Identifier(name) for name in names)


def _same(names: Sequence[str], one: str, other: str) -> sql.Composed:
    return sql.SQL(" and ").join(sql.SQL("{} = {}").format(_column(one, name), _column(other, name)) for name in names)


def _newest_first(alias: str) -> sql.Composed:
    terms = (term.split(" ", 1) for term in _NEWEST_FIRST.split(", "))
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(alias, name), sql.SQL(order)) for name, order in terms
    )
