"""Small disks that can be filled: a file system in memory, shrunk to what it holds, or a limit on the size of files."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE_BYTES = 4096
# Nothing is taken of it before it is needed: in the end hundreds of companies are built together.
SPARE_BYTES = 8 << 30


@dataclass(frozen=True)
class Disk:
    """A folder on a disk of its own.

    Attributes:
        folder: The folder.
        is_own: False where this account may not mount anything: then the disk cannot be filled.
    """

    folder: Path
    is_own: bool

    def fill(self, spare_bytes: int) -> bool:
        """Leave no more room than this, and tell whether that could be done."""
        self._resize(self._used() + spare_bytes)
        return self.is_own

    def widen(self) -> None:
        """Make room again."""
        self._resize(self._used() + SPARE_BYTES)

    def _used(self) -> int:
        return shutil.disk_usage(self.folder).used

    def _resize(self, size: int) -> None:
        if self.is_own:
            # To tmpfs, nothing means no limit, and such a disk can never get one again.
            _mount("-o", f"remount,size={max(size, PAGE_BYTES)}", str(self.folder))


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    """Provide a folder on a disk of its own, where that is allowed."""
    folder.mkdir(parents=True)
    is_own = os.geteuid() == 0 and _mounted("-t", "tmpfs", "-o", f"size={SPARE_BYTES},mode=755", "tmpfs", str(folder))
    try:
        yield Disk(folder, is_own)
    finally:
        if is_own:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def file_limit(size: int) -> Callable[[], None]:
    """Return what limits, in a new process, how long the files may grow that it writes."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _mounted(*arguments: str) -> bool:
    with contextlib.suppress(subprocess.CalledProcessError, FileNotFoundError):
        _mount(*arguments)
        return True
    return False


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)
