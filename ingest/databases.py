"""Rows of a database, all of them or those since a mark, read in one transaction that sees one state."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from ingest import dialects, spool
from ingest.cursors import Cursor, Instant
from ingest.dialects import Dialect
from ingest.feeds import Feed
from ingest.inspection import RefusedFileError, reason
from ingest.spool import Spool

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Select

ROWS_PER_FETCH = 10_000


class UnreachableDatabaseError(RefusedFileError, ConnectionError):
    """A database of a source did not answer, or went away: it may be back at the next try."""


@dataclass(frozen=True)
class Pull:
    """Rows read from a database.

    Attributes:
        written: The rows.
        upper: With a cursor, what the source said before the rows were read: its clock, or one more than its highest
            number; None where there is none.
        unmarked: Rows without a value in the column of the cursor.
    """

    written: Spool
    upper: Instant | None = None
    unmarked: int = 0


def read(url: str, feed: Feed, parameters: dict[str, Any], target: Path, mark: str | None = None) -> Pull:
    """Write the rows of a table or query.

    Args:
        url: SQLAlchemy URL.
        feed: What to read: its table, or its query in the database's dialect.
        parameters: Values of the ``:name`` placeholders that the query holds.
        target: csv to write.
        mark: Mark of the last pull, to read what came since and the lookback before it; None to read everything.

    Raises:
        UnreachableDatabaseError: the database does not answer, lets nobody in, or went away meanwhile.
        RefusedFileError: the URL leads to no database, or it refuses the query, or its dialect is not one that can be
            pulled from with a cursor, or the cursor's column is not there or holds no numbers where it should.
    """
    # Few loads read databases, and the import is slow.
    from sqlalchemy.exc import SQLAlchemyError

    engine = _engine(url)
    try:
        dialect = dialects.known(engine.dialect.name)
        if feed.cursor and dialect is None:
            raise RefusedFileError(
                f"a cursor is not known to work with {engine.dialect.name}: it takes PostgreSQL, MySQL, MariaDB, SQLite"
            )
        with engine.connect() as connection:
            upper = _begin(connection, dialect, feed, parameters)
            rows = _select(feed)
            since = feed.cursor.begin(mark, upper) if feed.cursor else None
            if feed.cursor and dialect and since is not None:
                rows = rows.where(_since(feed.cursor, dialect, since, feed.zone))
            return _write(connection, feed, rows, parameters, target, upper)
    except (SQLAlchemyError, ImportError) as error:
        if _is_lost(error, engine):
            raise UnreachableDatabaseError(f"the source database does not answer: {reason(error)}") from error
        raise RefusedFileError(f"the source database answers: {reason(error)}") from error
    finally:
        engine.dispose()


def _is_lost(error: Exception, engine: Engine) -> bool:
    """Tell whether there was no connection over the network, or no longer one."""
    from sqlalchemy.exc import DBAPIError, OperationalError

    if not isinstance(error, DBAPIError):
        return False
    # A server that is starting, or full, lets nobody in either: only words tell that from a wrong password.
    is_outside = isinstance(error, OperationalError) and error.statement is None and engine.url.host is not None
    return error.connection_invalidated or is_outside


def _begin(connection: Connection, dialect: Dialect | None, feed: Feed, parameters: dict[str, Any]) -> Instant | None:
    """Begin the transaction of a pull, and return up to where it will have read: fixed before any row is."""
    from sqlalchemy import func, select, text

    if dialect is None:
        return None
    connection.execution_options(**dialect.options)
    dialect.prepare(connection, feed.zone)
    clock = dialects.as_instant(connection.execute(text(dialect.clock)).scalar_one())
    if dialect.begin:
        connection.exec_driver_sql(dialect.begin)
    if feed.cursor is None:
        return clock
    _require_column(connection, feed, feed.cursor, parameters)
    if feed.cursor.type == "timestamp":
        return clock
    highest = select(func.max(_column(feed.cursor))).select_from(_from(feed))
    found: Any = connection.execute(highest, parameters).scalar_one()
    return None if found is None else _whole(found, feed.cursor.column) + 1


def _require_column(connection: Connection, feed: Feed, cursor: Cursor, parameters: dict[str, Any]) -> None:
    """Refuse a cursor whose column is not there: SQLite takes a name that it does not know for a text."""
    from sqlalchemy import false

    result = connection.execute(_select(feed).where(false()), parameters)
    columns = tuple(result.keys())
    result.close()
    if _place(cursor, columns) is None:
        raise RefusedFileError(
            f"it has no column {cursor.column!r}, only {', '.join(columns[:50])}: correct cursor.column in sources.yml"
        )


def _whole(found: Any, column: str) -> int:
    # Texts of digits are refused too: as texts, 9 is more than 10.
    if isinstance(found, int | float | Decimal) and math.isfinite(found):
        return int(found)
    raise RefusedFileError(
        f"its column {column!r} has values of type {type(found).__name__}, which are no whole numbers: correct "
        "cursor.column or cursor.type in sources.yml, or make numbers of them in a query"
    )


def _select(feed: Feed) -> Select[Any]:
    from sqlalchemy import literal_column, select

    return select(literal_column("*")).select_from(_from(feed))


def _from(feed: Feed) -> Any:
    from sqlalchemy import table, text
    from sqlalchemy.sql import quoted_name

    if feed.query:
        return text(f"({feed.query.strip().rstrip(';')}\n) as pulled")
    schema, _, name = (feed.table or "").rpartition(".")
    # A schema of several parts is taken apart by the dialects that know such.
    quoted = schema if "." in schema else quoted_name(schema, quote=True)
    return table(quoted_name(name, quote=True), schema=quoted if schema else None)


def _column(cursor: Cursor) -> Any:
    from sqlalchemy import column
    from sqlalchemy.sql import quoted_name

    return column(quoted_name(cursor.column, quote=True))


def _since(cursor: Cursor, dialect: Dialect, since: Instant, zone: ZoneInfo) -> Any:
    """Return the condition of a pull: its window, what is ahead of the source's clock, and what has no value at all.

    There is no upper limit to what is read, only to what the mark vouches for: rows beyond it are read again.
    """
    from sqlalchemy import or_

    column = _column(cursor)
    if isinstance(since, datetime):
        return or_(dialect.since(column, since, zone), column.is_(None))
    return or_(column >= since, column.is_(None))


def _write(
    connection: Connection, feed: Feed, rows: Select[Any], parameters: dict[str, Any], target: Path, upper: Any
) -> Pull:
    streamed = rows.execution_options(stream_results=True, yield_per=ROWS_PER_FETCH)
    result = connection.execute(streamed, parameters)
    columns = tuple(result.keys())
    place = _place(feed.cursor, columns)
    unmarked = 0
    with target.open("w", encoding="utf-8", newline="") as output:
        for row in result:
            unmarked += place is not None and row[place] is None
            spool.write_row(output, _zoned(row, feed.zone) if feed.timezone else row)
    return Pull(Spool(target, columns), upper if feed.cursor else None, unmarked)


def _place(cursor: Cursor | None, columns: Sequence[str]) -> int | None:
    names = [name.lower() for name in columns]
    return names.index(cursor.column.lower()) if cursor and cursor.column.lower() in names else None


def _zoned(row: Iterable[Any], zone: ZoneInfo) -> Iterator[Any]:
    for value in row:
        is_naive = isinstance(value, datetime) and value.tzinfo is None
        yield value.replace(tzinfo=zone) if is_naive else value


def _engine(url: str) -> Engine:
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError

    remedy = "correct database in sources.yml, or install the driver that it names"
    try:
        return create_engine(url)
    except (ArgumentError, ImportError) as error:
        raise RefusedFileError(f"its source database cannot be opened: {reason(error)}: {remedy}") from error
    except ValueError:
        # The error quotes what stands for the port, which may be a password in the wrong place.
        raise RefusedFileError(f"its source database cannot be opened: its port is no number: {remedy}") from None
