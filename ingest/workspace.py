"""Where extracts are read and checked: one DuckDB connection of bounded memory and one scratch folder per load."""

from __future__ import annotations

import contextlib
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from warehouse.settings import get_settings

# With Python, Arrow and one batch in flight this stays well below 1 GB, whatever the size of the file; sorts and
# groups beyond it spill to the scratch folder.
MEMORY_LIMIT = "400MB"
THREADS = 2


@dataclass(frozen=True)
class Workspace:
    """Connection and folder.

    Attributes:
        duck: DuckDB connection; times in UTC.
        folder: Scratch folder, removed afterwards.
        lookups: What each lookup table was made from.
    """

    duck: Any
    folder: Path
    lookups: dict[str, str]
    _numbers: Iterator[int]

    def scratch(self, suffix: str) -> Path:
        """Return the path of a new scratch file."""
        return self.folder / f"{next(self._numbers)}{suffix}"

    def table(self, query: str) -> Any:
        """Return the rows of a query, few enough for memory, as an Arrow table."""
        with warnings.catch_warnings():
            # This way copies the rows once more, and saves binding the query twice, which costs more in small files.
            warnings.filterwarnings("ignore", message="Arrow output on a DB-API result")
            return self.duck.execute(query).to_arrow_table()

    def clear(self) -> None:
        """Remove the scratch files."""
        for path in self.folder.iterdir():
            if not path.is_dir():
                path.unlink()


@contextlib.contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Open a workspace for the length of the block."""
    parent = get_settings().state_dir / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ingest-", dir=parent) as folder:
        config = {
            "threads": str(THREADS),
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(Path(folder) / "spill"),
            "autoinstall_known_extensions": "false",
            "python_enable_replacements": "false",
        }
        connection = duckdb.connect(config=config)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield Workspace(connection, Path(folder), {}, count(1))
        finally:
            connection.close()


def literal(text: str) -> str:
    """Return text as an SQL literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return name as a quoted SQL identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'
