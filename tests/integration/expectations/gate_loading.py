"""Loading deliveries into raw as the loader does: batch, rows, ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import psycopg
from gate_deliveries import BUSINESS_DATE, Row
from gate_trade import GOOD
from psycopg import sql

from warehouse import thresholds
from warehouse.policy import Policy

HISTORY_DAYS = 57
BATCH_COLUMNS = ("_batch_id", "_source_file", "_row_number")


def load_history(connection: psycopg.Connection, company: str) -> None:
    """Register the company and load an accepted batch of the day before the business date."""
    yesterday = BUSINESS_DATE - timedelta(days=1)
    connection.execute(
        "insert into ops.companies (company_id, company_name, currency, timezone, country_code) "
        "values (%s, 'Test', 'EUR', 'Europe/Berlin', 'DE')",
        [company],
    )
    batch = open_batch(connection, company, yesterday)
    for entity, good in GOOD.items():
        days = HISTORY_DAYS if entity == "sales_lines" else 1
        rows = [row for back in range(days) for row in good(yesterday - timedelta(days=back))]
        insert(connection, company, batch, entity, rows)
        for back in range(4):
            record(connection, company, batch, entity, yesterday - timedelta(days=back), len(rows))
    connection.execute("update ops.batches set gate_status = 'passed' where batch_id = %s", [batch])


def open_batch(connection: psycopg.Connection, company: str, day: date) -> int:
    """Open a pending batch and return its id; thresholds are the usual ones, unless the company has its own."""
    if not thresholds.policies(connection, company):
        thresholds.write(connection, company, Policy().texts())
    found = connection.execute(
        "insert into ops.batches (company_id, business_date) values (%s, %s) returning batch_id", [company, day]
    ).fetchone()
    assert found is not None
    return int(found[0])


def record(
    connection: psycopg.Connection,
    company: str,
    batch: int,
    entity: str,
    day: date,
    rows_read: int,
    quarantined: int = 0,
) -> None:
    """Write the ledger row of one file."""
    connection.execute(
        "insert into ops.load_ledger (batch_id, company_id, source_system, entity, source_file, file_date, status, "
        "rows_read, rows_loaded, rows_quarantined, seconds, business_date) "
        "values (%s, %s, 'erp', %s, %s, %s, 'loaded', %s, %s, %s, 0, %s)",
        [
            batch,
            company,
            entity,
            f"{entity}_{day}.csv",
            day,
            rows_read,
            rows_read - quarantined,
            quarantined,
            BUSINESS_DATE,
        ],
    )


def insert(connection: psycopg.Connection, company: str, batch: int, entity: str, rows: Sequence[Row]) -> None:
    """Insert rows of one entity into raw."""
    columns = ("company_id", "source_system", *sorted({name for row in rows for name in row}), *BATCH_COLUMNS)
    statement = sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier("raw", entity),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )
    with connection.cursor() as cursor:
        cursor.executemany(statement, _complete(company, batch, columns, rows))


def _complete(company: str, batch: int, columns: Iterable[str], rows: Sequence[Row]) -> list[Row]:
    empty = dict.fromkeys(columns)
    own = {"company_id": company, "source_system": "erp", "_batch_id": batch, "_source_file": "f.csv"}
    return [empty | own | {"_row_number": number} | row for number, row in enumerate(rows, 1)]
