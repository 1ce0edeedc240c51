"""Writers of extract files; the same rows give the same bytes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import parquet

from samples.journey.files import write_csv

__all__ = ["Parquet", "write_csv", "write_jsonl", "write_parquet"]


def write_parquet(table: pa.Table, path: Path) -> None:
    """Write a parquet file; decimals are stored as integers, which is many times faster."""
    parquet.write_table(table, path, compression="zstd", compression_level=1, store_decimal_as_integer=True)


def write_jsonl(connection: duckdb.DuckDBPyConnection, table: pa.Table, path: Path) -> None:
    """Write JSON lines; empty cells are null."""
    connection.register("rows_to_write", table)
    connection.execute(
        f"copy (select * from rows_to_write) to '{str(path).replace(chr(39), chr(39) * 2)}' (format json)"
    )
    connection.unregister("rows_to_write")


class Parquet:
    """A parquet file written in parts, opened with the first of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: parquet.ParquetWriter | None = None

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = parquet.ParquetWriter(self._path, table.schema, compression="zstd", compression_level=1)
        self._writer.write_table(table)

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
