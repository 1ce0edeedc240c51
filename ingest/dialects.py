"""What databases say differently: clocks, one consistent read-only transaction, time limits, comparing times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

# A query that takes longer is no pull: it holds back the vacuum of the source.
LIMIT_SECONDS = 3600
# In the night in which clocks go back, a local time says less than an instant by so much.
CLOCKS_GO_BACK = timedelta(hours=1)

Comparison = Callable[[Any, datetime, ZoneInfo], Any]


@dataclass(frozen=True)
class Dialect:
    """One kind of database.

    Attributes:
        clock: Query for its time in UTC.
        options: Execution options of the connection.
        prepare: Sets zone and limits, read-only where it can; called first.
        begin: Statement that begins the transaction which all rows are read in, None where the first query does.
        since: Condition that a column holds an instant or a later one.
    """

    clock: str
    options: dict[str, Any]
    prepare: Callable[[Connection, ZoneInfo], None]
    begin: str | None
    since: Comparison


def known(name: str) -> Dialect | None:
    """Return what is known of a database by the name SQLAlchemy gives it."""
    return _DIALECTS.get(name)


def _prepare_postgresql(connection: Connection, zone: ZoneInfo) -> None:
    from sqlalchemy import text

    settings = text("select set_config('TimeZone', :zone, true), set_config('statement_timeout', :limit, true)")
    connection.execute(settings, {"zone": zone.key, "limit": f"{LIMIT_SECONDS}s"})


def _prepare_mysql(connection: Connection, _: ZoneInfo) -> None:
    # Named zones need tables that many servers lack; columns of type TIMESTAMP are told in UTC so.
    connection.exec_driver_sql("set session time_zone = '+00:00'")
    is_mariadb = getattr(connection.dialect, "is_mariadb", False)
    limit = f"max_statement_time = {LIMIT_SECONDS}" if is_mariadb else f"max_execution_time = {LIMIT_SECONDS * 1000}"
    connection.exec_driver_sql(f"set session {limit}")


def _prepare_sqlite(connection: Connection, _: ZoneInfo) -> None:
    connection.exec_driver_sql("pragma query_only = on")


def _since_zoned(column: ColumnElement[Any], moment: datetime, _: ZoneInfo) -> Any:
    from sqlalchemy import DateTime, bindparam

    # The zone of the session says what columns without one mean.
    return column >= bindparam("orw_since", moment, DateTime(timezone=True))


def _since_local(column: ColumnElement[Any], moment: datetime, zone: ZoneInfo) -> Any:
    from sqlalchemy import DateTime, bindparam

    return column >= bindparam("orw_since", _wall_clock(moment, zone), DateTime())


def _since_text(column: ColumnElement[Any], moment: datetime, zone: ZoneInfo) -> Any:
    from sqlalchemy import bindparam, func, or_

    # SQLite has no times: texts of several forms, which do not compare as they are. What is no time is null, and is
    # pulled every time.
    stamp = func.strftime("%Y-%m-%d %H:%M:%f", column)
    wall = _wall_clock(moment, zone).isoformat(" ", "milliseconds")
    return or_(stamp >= bindparam("orw_since", wall), stamp.is_(None))


def _wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.astimezone(zone).replace(tzinfo=None)
    return local if zone.key == "UTC" else local - CLOCKS_GO_BACK


_MYSQL = Dialect(
    clock="select utc_timestamp(6)",
    options={"isolation_level": "REPEATABLE READ"},
    prepare=_prepare_mysql,
    begin="start transaction with consistent snapshot, read only",
    since=_since_local,
)
_DIALECTS = {
    "postgresql": Dialect(
        # The start of the transaction, which is before its snapshot.
        clock="select current_timestamp",
        options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
        prepare=_prepare_postgresql,
        begin=None,
        since=_since_zoned,
    ),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "sqlite": Dialect(
        clock="select strftime('%Y-%m-%d %H:%M:%f', 'now')",
        options={},
        prepare=_prepare_sqlite,
        begin="begin",
        since=_since_text,
    ),
}


def as_instant(told: Any) -> datetime:
    """Return what a clock told as an instant."""
    moment = datetime.fromisoformat(told) if isinstance(told, str) else told
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
