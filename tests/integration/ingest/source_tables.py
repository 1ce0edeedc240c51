"""A source system's own database under test: a table of campaigns, and the feed that pulls it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg
    from conftest import Shop

NOW = datetime.now(UTC).replace(microsecond=0)
MYSQL_URL = os.environ.get("TEST_MYSQL_URL")
COLUMNS = {
    "campaign_id": "id",
    "campaign_name": "name",
    "start_date": "starts",
    "end_date": "ends",
    "updated_at": "changed",
    "is_deleted": "gone",
}


@dataclass(frozen=True)
class Table:
    """The table ``promo`` of a database: id, name, starts, ends, changed, gone, number.

    Attributes:
        url: The database.
        engine: Where the source system writes.
    """

    url: str
    engine: sa.Engine

    def put(self, key: str, name: str | None = "Spring", changed: datetime | None = NOW, **more: Any) -> None:
        """Insert or replace a row and commit."""
        with self.engine.begin() as connection:
            self.write(connection, key, name, changed, **more)

    def write(
        self, connection: sa.Connection, key: str, name: str | None, changed: datetime | None, **more: Any
    ) -> None:
        """Insert or replace a row in a transaction that goes on."""
        row = {"id": key, "name": name, "starts": "2024-01-01", "ends": "2024-02-01", "gone": 0, "number": None} | more
        row["changed"] = self._stamp(changed)
        connection.execute(sa.text("delete from promo where id = :id"), {"id": key})
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"insert into promo ({names}) values ({places})"), row)

    def remove(self, key: str) -> None:
        """Delete a row for good."""
        with self.engine.begin() as connection:
            connection.execute(sa.text("delete from promo where id = :id"), {"id": key})

    def names(self) -> dict[str, str | None]:
        """Return id and name of all rows that are not gone."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text("select id, name from promo where gone = 0")).fetchall()
        return {row[0]: row[1] for row in rows}

    def _stamp(self, changed: datetime | None) -> Any:
        if changed is None or self.engine.dialect.name == "postgresql":
            return changed
        local = changed.astimezone(UTC).replace(tzinfo=None)
        return local.isoformat(" ") if self.engine.dialect.name == "sqlite" else local


def create_table(url: str, moment: str = "timestamp") -> Table:
    """Create the table in an empty database."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("drop table if exists promo")
        connection.exec_driver_sql(
            f"create table promo (id varchar(40), name varchar(200), starts varchar(20), ends varchar(20), "
            f"changed {moment}, gone int, number bigint)"
        )
    return Table(url, engine)


def sqlite_table(folder: Path) -> Table:
    """Create the table in a SQLite database, whose times are texts."""
    return create_table(f"sqlite:///{folder / 'source.db'}", "text")


def postgresql_table(owner: psycopg.Connection) -> Iterator[Table]:
    """Create the table in a PostgreSQL database of its own, and drop that afterwards."""
    owner.execute("drop database if exists source_system with (force)")
    owner.execute("create database source_system")
    info = owner.info
    table = create_table(
        f"postgresql+psycopg://{info.user}:{info.password}@{info.host}:{info.port}/source_system", "timestamptz"
    )
    yield table
    table.engine.dispose()
    owner.execute("drop database source_system with (force)")


def feed(cursor: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a feed of the table, by default with a cursor on its time of change and an hour of lookback."""
    found = {"column": "changed", "type": "timestamp", "lookback": "1h"} | (cursor or {})
    return {"entity": "campaigns", "table": "promo", "cursor": found, "columns": COLUMNS} | more


def later(**duration: float) -> datetime:
    """Return an instant so much later than now; earlier with negative numbers."""
    return NOW + timedelta(**duration)


def newest(shop: Shop) -> dict[str, str | None]:
    """Return id and name of what staging would take for the live rows: newest versions of batches not rejected."""
    rows = shop.rows(
        "select distinct on (campaign_id) campaign_id, campaign_name, is_deleted from raw.campaigns as r "
        "inner join ops.batches as b on r._batch_id = b.batch_id "
        "where r.company_id = %(company)s and b.gate_status <> 'rejected' order by campaign_id, "
        "r.updated_at desc nulls last, r._file_date desc, r._batch_id desc, r._loaded_at desc, r._row_number desc"
    )
    return {key: name for key, name, is_deleted in rows if not is_deleted}
