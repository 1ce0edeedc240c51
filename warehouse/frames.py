"""Tables to pandas frames and back, in the caller's transaction."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# By the names of PostgreSQL's types; everything else is read as text.
ARROW_TYPES = {
    "int2": "int64",
    "int4": "int64",
    "int8": "int64",
    "float4": "float64",
    "float8": "float64",
    "numeric": "float64",
    "bool": "bool",
    "date": "timestamp[ns]",
}


def read(
    connection: psycopg.Connection, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()
) -> pd.DataFrame:
    """Run a query and return its rows as a frame.

    Dates become datetime64[ns], numeric becomes float64, text stays text (also where it looks like a number), and
    whole-number or true/false columns that hold nulls become the nullable Int64 and boolean.

    Args:
        connection: Open connection; the query sees its transaction.
        query: SELECT without a trailing semicolon; ``%s`` or ``%(name)s`` marks parameters.
        parameters: Values for the marks, in their order or by name.
    """
    import pyarrow as pa
    from pyarrow import csv

    statement = sql.SQL(cast(Any, query))
    # COPY takes no bound parameters, so they are quoted on this side.
    with psycopg.ClientCursor(connection) as cursor:
        cursor.execute(sql.SQL("select * from ({}) as result limit 0").format(statement), parameters)
        columns = [(column.name, _arrow_type(connection, column.type_code)) for column in cursor.description or ()]
        buffer = io.BytesIO()
        with cursor.copy(sql.SQL("copy ({}) to stdout (format csv)").format(statement), parameters) as stream:
            for block in stream:
                buffer.write(block)
    schema = {name: pa.type_for_alias(alias) for name, alias in columns}
    if not buffer.tell():
        return _to_pandas(pa.schema(schema).empty_table())
    options = csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    buffer.seek(0)
    table = csv.read_csv(
        buffer,
        read_options=csv.ReadOptions(column_names=list(schema), use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=options,
    )
    return _to_pandas(table)


def replace(
    connection: psycopg.Connection, table: str, frame: pd.DataFrame, *, where: Mapping[str, object]
) -> tuple[int, int]:
    """Delete the rows of table that match where and copy the frame in: both or neither.

    Args:
        connection: Open connection; the work is one (nested) transaction of it.
        table: ``schema.table``.
        frame: Rows to write; its column names are the table's. Columns of lists become arrays.
        where: Column values that select what is replaced. Every row of the frame must carry them.

    Returns:
        Rows deleted and rows written.

    Raises:
        ValueError: where is empty, or a row of the frame lies outside of it.
    """
    import pyarrow as pa
    from pyarrow import csv

    if not where:
        raise ValueError(f"refusing to replace all of {table}: name the columns that select the rows")
    for column, value in where.items():
        if len(frame) and not (frame[column].map(str) == str(value)).all():
            raise ValueError(f"rows for {table} must all have {column} = {value!r}, which selects what they replace")
    target = sql.Identifier(*table.split("."))
    condition = sql.SQL(" and ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in where)
    names = sql.SQL(", ").join(map(sql.Identifier, frame.columns))
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(sql.SQL("delete from {} where {}").format(target, condition), list(where.values()))
        deleted = cursor.rowcount
        if len(frame):
            buffer = io.BytesIO()
            rows = pa.Table.from_pandas(_with_array_literals(frame), preserve_index=False)
            csv.write_csv(rows, buffer, csv.WriteOptions(include_header=False))
            with cursor.copy(sql.SQL("copy {} ({}) from stdin (format csv)").format(target, names)) as stream:
                stream.write(buffer.getbuffer())
    return deleted, len(frame)


def last_complete_week(business_date: date) -> date:
    """Return the Monday of the last ISO week that ends on or before business_date."""
    ordinal = business_date.toordinal()
    # Day 1 of the proleptic calendar is a Monday, so a multiple of 7 is a Sunday.
    return date.fromordinal(ordinal - ordinal % 7 - 6)


def fingerprint(frame: pd.DataFrame) -> str:
    """Return a hash of a frame's values, column names and order, equal for equal data in every process."""
    import pandas as pd

    digest = hashlib.sha256(",".join(map(str, frame.columns)).encode())
    digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _arrow_type(connection: psycopg.Connection, type_code: int) -> str:
    info = connection.adapters.types.get(type_code)
    return ARROW_TYPES.get(info.name if info else "", "string")


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    import pandas as pd
    import pyarrow as pa

    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = table.to_pandas()
    for field in table.schema:
        if field.type in nullable and table[field.name].null_count:
            column = table[field.name].to_pandas(types_mapper=nullable.get)
            frame[field.name] = column
    return frame


def _with_array_literals(frame: pd.DataFrame) -> pd.DataFrame:
    """Write lists as PostgreSQL array literals."""
    lists = [str(name) for name in frame.columns if frame[name].map(lambda value: isinstance(value, list)).any()]
    return frame.assign(**{name: frame[name].map(_array_literal) for name in lists})


def _array_literal(items: list[object] | None) -> str | None:
    if items is None:
        return None
    quoted = (str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"
