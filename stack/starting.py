"""The start of ``make up``: one at a time, and ``make down`` may come in between."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from stack.environment import airflow_home
from stack.processes import StackError

# The holder of the lock writes its process id right after it has it.
ANNOUNCE_SECONDS = 2


def lock_file() -> Path:
    """Return the file that a start keeps locked, with its process id inside."""
    return airflow_home() / "start.lock"


@contextlib.contextmanager
def announced() -> Iterator[None]:
    """Hold the lock of a start for the length of the block.

    Raises:
        StackError: another start is going on.
    """
    airflow_home().mkdir(parents=True, exist_ok=True)
    with lock_file().open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError("Another `make up` is starting here: wait for it, or end it with `make down`") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield
        finally:
            lock.truncate(0)


def interrupt(grace_seconds: float) -> bool:
    """Ask the start that is going on to end, and wait until it has ended what it started.

    Args:
        grace_seconds: How long it may take; then it is killed.

    Returns:
        Whether there was one.
    """
    limit = time.monotonic() + ANNOUNCE_SECONDS
    starter = None
    while starter is None and _is_locked() and time.monotonic() < limit:
        with contextlib.suppress(ValueError, psutil.NoSuchProcess):
            starter = psutil.Process(int(lock_file().read_text()))
        time.sleep(0.05)
    if starter is None:
        return False
    with contextlib.suppress(psutil.NoSuchProcess):
        starter.terminate()
        limit = time.monotonic() + grace_seconds
        while _is_locked():
            if time.monotonic() > limit:
                starter.kill()
            time.sleep(0.05)
    return True


def _is_locked() -> bool:
    try:
        with lock_file().open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
