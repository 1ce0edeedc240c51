"""Any value that raw can hold comes out of PostgreSQL as it went into the binary COPY stream."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from ingest.bulk import copy_rows
from ingest.encode import Constant

pytestmark = pytest.mark.integration

SCHEMA = pa.schema(
    [
        ("words", pa.string()),
        ("amount", pa.decimal128(18, 4)),
        ("share", pa.decimal128(18, 6)),
        ("small", pa.int32()),
        ("big", pa.int64()),
        ("flag", pa.bool_()),
        ("day", pa.date32()),
        ("moment", pa.timestamp("us", tz="UTC")),
        ("document", pa.string()),
    ]
)
CREATE = (
    "create temp table coded (constant text, batch bigint, file_date date, words text, amount numeric(18,4), "
    "share numeric(18,6), small integer, big bigint, flag boolean, day date, moment timestamptz, document jsonb)"
)
EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def decimals(scale: int) -> st.SearchStrategy[Decimal]:
    return st.integers(-(10**18) + 1, 10**18 - 1).map(lambda units: Decimal(units).scaleb(-scale))


ROW = st.fixed_dictionaries(
    {
        "words": st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
        "amount": st.none() | decimals(4),
        "share": st.none() | decimals(6),
        "small": st.none() | st.integers(-(2**31), 2**31 - 1),
        "big": st.none() | st.integers(-(2**63), 2**63 - 1),
        "flag": st.none() | st.booleans(),
        "day": st.none() | st.dates(),
        "moment": st.none()
        | st.integers(0, 9998 * 365 * 86_400 * 10**6).map(lambda n: EPOCH + timedelta(microseconds=n)),
        "document": st.none() | st.sampled_from(["{}", '{"a": "é\\n"}', "null"]),
    }
)


@pytest.fixture(scope="module")
def table(warehouse: object) -> Iterator[psycopg.Connection]:
    from warehouse.connection import Role, connect

    with connect(Role.LOADER, autocommit=True) as connection:
        connection.execute(CREATE)
        yield connection


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(ROW, max_size=15), min_size=1, max_size=3), offset=st.integers(0, 3))
def test_round_trip(table: psycopg.Connection, batches: list[list[dict[str, Any]]], offset: int) -> None:
    table.execute("truncate coded")
    sent = [pa.RecordBatch.from_pylist(rows, schema=SCHEMA).slice(offset) for rows in batches]
    expected = [row for rows in batches for row in rows[offset:]]
    constants: dict[str, Constant] = {"constant": "é", "batch": 7, "file_date": date(1999, 12, 31)}
    count = copy_rows(table, sql.Identifier("coded"), constants, sent, jsonb=["document"], ahead=True)
    assert count == len(expected)
    with table.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        found = cursor.execute(f"select {', '.join(SCHEMA.names)}, document::text from coded").fetchall()
        origins = cursor.execute("select distinct constant, batch, file_date from coded").fetchall()
    assert [tuple(row[name] for name in SCHEMA.names[:-1]) for row in found] == [
        tuple(row[name] for name in SCHEMA.names[:-1]) for row in expected
    ]
    assert [row["document"] for row in found] == [row["document"] for row in expected]
    assert origins in ([], [constants])
