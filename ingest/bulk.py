"""Arrow batches into PostgreSQL by binary COPY: reading and encoding run ahead while the server takes rows in."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import psycopg
from psycopg import sql

from ingest import encode

# A batch is a few megabytes; the reader is ahead for long enough that the server never waits for it.
BATCHES_AHEAD = 8


def copy_rows(
    connection: psycopg.Connection,
    table: sql.Identifier,
    constants: dict[str, encode.Constant],
    batches: Iterable[Any],
    jsonb: Sequence[str] = (),
    *,
    ahead: bool = False,
) -> int:
    """Copy Arrow batches into a table, within the transaction of the connection.

    Args:
        connection: Connection to the warehouse.
        table: Target.
        constants: Columns that are the same in all rows.
        batches: At least one batch; its columns are called as in the target.
        jsonb: Columns whose target is jsonb.
        ahead: Make the next batch in a thread while the server takes the last one in: worth it for long streams.

    Returns:
        Number of rows.
    """
    remaining = iter(batches)
    first = next(remaining)
    columns = [*constants, *first.schema.names]
    prefix = encode.row_prefix(list(constants.values()), len(first.schema.names))
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    encoded = (encode.encode_batch(batch, prefix, jsonb) for batch in chain([first], remaining) if len(batch))
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            copy.write(encode.HEADER)
            for rows in _ahead(encoded) if ahead else encoded:
                copy.write(rows)
            copy.write(encode.TRAILER)
        return cursor.rowcount


def _ahead(items: Iterator[Any]) -> Iterator[Any]:
    """Yield items while the next ones are made in a thread."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        upcoming = deque(pool.submit(next, items, None) for _ in range(BATCHES_AHEAD))
        while (item := upcoming.popleft().result()) is not None:
            upcoming.append(pool.submit(next, items, None))
            yield item
