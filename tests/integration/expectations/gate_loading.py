"""Loading deliveries into raw as the loader does: batch, rows, ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import psycopg
import pyarrow as pa
from gate_deliveries import BUSINESS_DATE, Row
from gate_trade import GOOD
from psycopg import sql

from expectations.counting import wanted
from ingest import counting
from ingest.contracts import load_entities
from ingest.counting import Counter
from ingest.workspace import open_workspace
from warehouse import thresholds
from warehouse.policy import Policy

HISTORY_DAYS = 57
ARROW_TYPES: dict[str, Any] = {
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamptz": pa.timestamp("us", "UTC"),
    "numeric(18,4)": pa.decimal128(18, 4),
    "numeric(18,6)": pa.decimal128(18, 6),
}
BATCH_COLUMNS = ("_batch_id", "_source_file", "_row_number")


def load_history(connection: psycopg.Connection, company: str, counted: Collection[str] = ()) -> None:
    """Register the company and load an accepted batch of the day before; some entities are counted."""
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
            # The rows are those of the first file; the others only tell how many there were.
            load = record(connection, company, batch, entity, yesterday - timedelta(days=back), len(rows))
            if entity in counted and back == 0:
                count(connection, company, batch, entity, load)
            elif entity in counted:
                connection.execute("update ops.load_ledger set rows_loaded = 0 where load_id = %s", [load])
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
) -> int:
    """Write the ledger row of one file and return its id."""
    found = connection.execute(
        "insert into ops.load_ledger (batch_id, company_id, source_system, entity, source_file, file_date, status, "
        "rows_read, rows_loaded, rows_quarantined, seconds, business_date) "
        "values (%s, %s, 'erp', %s, %s, %s, 'loaded', %s, %s, %s, 0, %s) returning load_id",
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
    ).fetchone()
    assert found is not None
    return int(found[0])


def count(connection: psycopg.Connection, company: str, batch: int, entity: str, load: int) -> None:
    """Count the rows of a batch as the loader does of a large file, in two halves."""
    contract = load_entities()[entity]
    columns = [field.name for field in contract.fields]
    selected = sql.SQL("select {} from {} where company_id = %s and _batch_id = %s").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier("raw", entity)
    )
    rows = connection.execute(selected, [company, batch]).fetchall()
    values = zip(*rows, strict=True)
    arrays = [pa.array(v, ARROW_TYPES[f.physical_type]) for v, f in zip(values, contract.fields, strict=True)]
    table = pa.table(dict(zip(columns, arrays, strict=True)))
    with open_workspace() as workspace:
        counter = Counter(workspace, contract, wanted(company, BUSINESS_DATE)[entity])
        for half in (table.slice(0, len(rows) // 2), table.slice(len(rows) // 2)):
            # Each half is a chunk of its own, so that what is counted is put together.
            for _ in counter.watch(half.to_batches()):
                pass
    counting.write(connection, load, counter)


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
