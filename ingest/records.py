"""Records of single files in ops.load_ledger, by which the same content is loaded once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

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
}


@dataclass(frozen=True)
class Origin:
    """What all files of one source in one load have in common."""

    company_id: str
    source_system: str
    business_date: date
    batch_id: int


@dataclass(frozen=True)
class LedgerEntry:
    """One file, entity and attempt, as in ops.load_ledger."""

    entity: str
    source_file: str
    file_date: date | None
    status: Literal["loaded", "skipped", "refused"]
    seconds: float
    content_sha256: str | None = None
    mapping_sha256: str | None = None
    byte_count: int | None = None
    rows_read: int | None = None
    rows_loaded: int | None = None
    rows_quarantined: int | None = None
    unknown_columns: Sequence[str] = ()
    message: str | None = None


def known_contents(connection: psycopg.Connection, origin: Origin) -> dict[tuple[str, str, str], str]:
    """Return entity, content and mapping hash of all loaded files of a source, and the name each was loaded under."""
    rows = connection.execute(
        """
        select entity, content_sha256, mapping_sha256, source_file from ops.load_ledger
        where company_id = %s and source_system = %s and status = 'loaded'
        """,
        [origin.company_id, origin.source_system],
    ).fetchall()
    return {(entity, content, mapping): name for entity, content, mapping, name in rows}


def lock_content(connection: psycopg.Connection, origin: Origin, entity: str, content: str, mapping: str) -> bool:
    """Claim a content until the end of the transaction and tell whether it still has to be loaded.

    A second load of the same content waits here for the first.
    """
    identity = [origin.company_id, origin.source_system, entity, content, mapping]
    connection.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", ["/".join(identity)])
    found = connection.execute(
        """
        select 1 from ops.load_ledger
        where company_id = %s and source_system = %s and entity = %s and content_sha256 = %s and mapping_sha256 = %s
            and status = 'loaded'
        """,
        identity,
    ).fetchone()
    return found is None


def record(connection: psycopg.Connection, origin: Origin, entries: Sequence[LedgerEntry]) -> None:
    """Write ledger rows, all in one statement."""
    if not entries:
        return
    lists = sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(kind)) for kind in _LEDGER_COLUMNS.values())
    columns = sql.SQL(", ").join(map(sql.Identifier, _LEDGER_COLUMNS))
    statement = sql.SQL(
        "insert into ops.load_ledger (batch_id, company_id, source_system, business_date, {columns}, unknown_columns) "
        "select %s, %s, %s, %s, {columns}, array(select jsonb_array_elements_text(unknown)) "
        "from unnest({lists}, %s::jsonb[]) as entry ({columns}, unknown)"
    ).format(columns=columns, lists=lists)
    common: list[Any] = [origin.batch_id, origin.company_id, origin.source_system, origin.business_date]
    values: list[Any] = [[getattr(entry, name) for entry in entries] for name in _LEDGER_COLUMNS]
    connection.execute(statement, [*common, *values, [Jsonb(list(entry.unknown_columns)) for entry in entries]])
