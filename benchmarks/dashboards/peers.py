"""Whom the questions are put to: PostgreSQL as an analyst, or DuckDB over an export of the marts; and equal answers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
from psycopg import sql

from benchmarks.dashboards.questions import for_duckdb, parameters
from warehouse.connection import Role, connect

ERRORS = (psycopg.Error, duckdb.Error)
# Quotients are numerics of PostgreSQL and doubles of DuckDB.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Answer:
    """Columns and rows, in the order in which they came."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


Ask = Callable[[str, Mapping[str, Any]], Answer]
Open = Callable[[], AbstractContextManager[Ask]]


@contextmanager
def postgres() -> Iterator[Ask]:
    """Provide what asks the warehouse as an analyst."""
    with connect(Role.ANALYST, autocommit=True) as connection:
        # BI tools send each query anew.
        connection.prepare_threshold = None

        def ask(query: str, drawn: Mapping[str, Any]) -> Answer:
            cursor = connection.execute(query, drawn)
            return Answer(tuple(column.name for column in cursor.description or ()), cursor.fetchall())

        yield ask


@contextmanager
def duck(export: Path) -> Iterator[Ask]:
    """Provide what asks DuckDB, within this process, over the Parquet files of an export."""
    with duckdb.connect() as connection:
        # Each client has a DuckDB of its own, and there are more clients than processors.
        connection.execute("set threads = 1")
        connection.execute("set parquet_metadata_cache = true")
        connection.execute("create schema marts")
        for path in sorted(export.glob("*.parquet")):
            connection.execute(f"create view marts.{path.stem} as select * from read_parquet('{path}')")

        def ask(query: str, drawn: Mapping[str, Any]) -> Answer:
            used = {name: drawn[name] for name in parameters(query)}
            cursor = connection.execute(for_duckdb(query), used)
            return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())

        yield ask


def export_marts(folder: Path) -> None:
    """Write every published mart to a Parquet file, with the types that it has."""
    folder.mkdir()
    with connect(Role.ANALYST) as connection, duckdb.connect() as writer:
        marts = connection.execute("select tablename from pg_tables where schemaname = 'marts' order by 1").fetchall()
        for (mart,) in marts:
            _export(connection, writer, mart, folder)


def _export(connection: psycopg.Connection, writer: duckdb.DuckDBPyConnection, mart: str, folder: Path) -> None:
    columns = connection.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
        [f"marts.{mart}"],
    ).fetchall()
    text = folder / f"{mart}.csv"
    copy = sql.SQL("copy (select * from {}) to stdout (format csv, header)").format(sql.Identifier("marts", mart))
    with text.open("wb") as file, connection.cursor().copy(copy) as rows:
        for block in rows:
            file.write(block)
    types = {name: "decimal(38, 10)" if kind == "numeric" else kind for name, kind in columns}
    # What DuckDB guesses of the quotes it guesses from the first rows, of which none may have any.
    form = "header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false"
    writer.execute(
        f"copy (select * from read_csv('{text}', columns = {types}, {form})) "
        f"to '{text.with_suffix('.parquet')}' (format parquet)"
    )
    text.unlink()


def is_same(whole: Answer, part: Answer) -> bool:
    """Tell whether two answers have the same rows in the same order, in the columns that the second one has."""
    places = [whole.columns.index(name) for name in part.columns]
    if len(whole.rows) != len(part.rows):
        return False
    return all(
        all(_is_equal(left[place], value) for place, value in zip(places, right, strict=True))
        for left, right in zip(whole.rows, part.rows, strict=True)
    )


def _is_equal(left: Any, right: Any) -> bool:
    if left is None or right is None or isinstance(left, (str, bool)):
        return bool(left == right)
    try:
        return math.isclose(left, right, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    except TypeError:
        return bool(left == right)
