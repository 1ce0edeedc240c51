"""Records of single files in ops.load_ledger, by which every delivery is loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from ingest.entries import LedgerEntry
from ingest.history import Seen

_LEDGER_COLUMNS = {
    "entity": "text",
    "source_file": "text",
    "file_date": "date",
    "status": "text",
    "seconds": "numeric",
    "content_sha256": "text",
    "mapping_sha256": "text",
    "byte_count": "bigint",
    "rows_read": "bigint",
    "rows_loaded": "bigint",
    "rows_quarantined": "bigint",
    "message": "text",
    "delivered_sha256": "text",
    "follows_load_id": "bigint",
    "repeats_load_id": "bigint",
    "is_partial": "boolean",
    "mark_from": "text",
    "mark_to": "text",
}

_SEEN: LiteralString = (
    "seen.load_id, seen.entity, seen.mapping_sha256, seen.source_file, seen.file_date, seen.content_sha256, "
    "seen.delivered_sha256, seen.business_date, seen.status = 'skipped'"
)


@dataclass(frozen=True)
class Origin:
    """What all files of one source in one load have in common."""

    company_id: str
    source_system: str
    business_date: date
    batch_id: int


def read_history(connection: psycopg.Connection, origin: Origin) -> list[Seen]:
    """Return, in order, the loads of a source that count, and the files that were skipped as copies of them."""
    query = f"""
        select {_SEEN} from ops.load_ledger as seen
        where seen.company_id = %s and seen.source_system = %s and seen.status = 'loaded'
            and seen.content_sha256 is not null
        union all
        select {_SEEN} from ops.load_ledger as seen
        inner join ops.load_ledger as original on seen.repeats_load_id = original.load_id
        where seen.company_id = %s and seen.source_system = %s and seen.repeats_load_id is not null
            and original.status = 'loaded'
        order by load_id
    """
    rows = connection.execute(query, [origin.company_id, origin.source_system] * 2).fetchall()
    return [Seen(*row) for row in rows]


def lock_content(connection: psycopg.Connection, origin: Origin, entity: str, mapping: str, content: str) -> list[Seen]:
    """Claim a content until the end of the transaction and return the loads of it that count by now.

    A second load of the same content waits here for the first.
    """
    identity = [origin.company_id, origin.source_system, entity, content, mapping]
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", ["/".join(identity)])
    query = f"""
        select {_SEEN} from ops.load_ledger as seen
        where company_id = %s and source_system = %s and entity = %s and content_sha256 = %s and mapping_sha256 = %s
            and status = 'loaded'
        order by load_id
    """
    return [Seen(*row) for row in connection.execute(query, identity).fetchall()]


def record(
    connection: psycopg.Connection,
    origin: Origin,
    entries: Sequence[LedgerEntry],
    recorded_at: datetime | None = None,
) -> list[int]:
    """Write ledger rows, all in one statement, and return their ids.

    Args:
        connection: Connection of the loader.
        origin: Company, source, date and batch of them all.
        entries: What became of files.
        recorded_at: Instant that they count from; None for the beginning of the transaction.
    """
    if not entries:
        return []
    lists = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in _LEDGER_COLUMNS.values())
    columns = sql.SQL(", ").join(map(sql.Identifier, _LEDGER_COLUMNS))
    statement = sql.SQL(
        "insert into ops.load_ledger (batch_id, company_id, source_system, business_date, recorded_at, {columns}, "
        "unknown_columns, ignored_load_ids) "
        "select %s, %s, %s, %s, coalesce(%s, now()), {columns}, array(select jsonb_array_elements_text(unknown)), "
        "array(select jsonb_array_elements_text(ignored)::bigint) "
        "from unnest({lists}, %s::jsonb[], %s::jsonb[]) as entry ({columns}, unknown, ignored) returning load_id"
    ).format(columns=columns, lists=lists)
    common: list[Any] = [origin.batch_id, origin.company_id, origin.source_system, origin.business_date, recorded_at]
    values: list[Any] = [[getattr(entry, name) for entry in entries] for name in _LEDGER_COLUMNS]
    unknown = [Jsonb(list(entry.unknown_columns)) for entry in entries]
    ignored = [Jsonb(list(entry.ignored_load_ids)) for entry in entries]
    return [row[0] for row in connection.execute(statement, [*common, *values, unknown, ignored]).fetchall()]
