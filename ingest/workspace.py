"""Where extracts are read and checked: one DuckDB connection of bounded memory and one scratch folder per load."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
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
PREFIX = "ingest-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# Libraries pass on what the system says, and not always its number.
_FULL_MESSAGES = ("No space left on device", "File too large", "max_temp_directory_size")


class NoRoomError(OSError):
    """There is no room for scratch files; the message names the folder."""


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

    def require_room(self, error: Exception) -> None:
        """Tell an error of the disk from one of the file that was read.

        Raises:
            NoRoomError: the error came about because scratch files found no room.
        """
        errors = [error, error.__cause__]
        has_number = any(isinstance(one, OSError) and one.errno in _FULL for one in errors)
        if has_number or any(text in str(one) for one in errors for text in _FULL_MESSAGES):
            raise NoRoomError(f"no room for scratch files in {self.folder.parent}: make room, run again ({error})")

    def clear(self) -> None:
        """Remove the scratch files."""
        for path in self.folder.iterdir():
            if not path.is_dir():
                path.unlink()


@contextlib.contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Open a workspace for the length of the block."""
    with _folder() as folder:
        config = {
            "threads": str(THREADS),
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": str(folder / "spill"),
            "autoinstall_known_extensions": "false",
            "python_enable_replacements": "false",
        }
        connection = duckdb.connect(config=config)
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield Workspace(connection, folder, {}, count(1))
        finally:
            connection.close()


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Provide a scratch folder, and remove those of loads that were killed.

    Each load holds the lock of its folder. The lock is the kernel's: a killed load leaves none behind.
    """
    parent = get_settings().state_dir / "tmp"
    parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as open_files:
        with _locked(parent):
            _remove_abandoned(parent)
            folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
            open_files.enter_context(_locked(folder))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(BlockingIOError, FileNotFoundError), _locked(folder, wait=False):
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def literal(text: str) -> str:
    """Return text as an SQL literal for DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return name as a quoted SQL identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'
