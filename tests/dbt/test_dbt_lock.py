"""A task that is killed leaves its dbt at work: the next dbt waits for it, so that never two write the same tables."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from warehouse.settings import Settings

pytestmark = pytest.mark.integration

TASK = """
from datetime import date
from warehouse.dbt import run_dbt
run_dbt(["parse"], "corner_shop", date(2024, 1, 31), {options})
"""


def start(**options: object) -> psutil.Popen:
    given = ", ".join(f"{name}={value!r}" for name, value in options.items())
    command = [sys.executable, "-c", TASK.format(options=given)]
    return psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def dbt_of(task: psutil.Popen, seconds: float = 60) -> psutil.Process | None:
    """The dbt that a task starts; None where it has started none by then."""
    limit = time.monotonic() + seconds
    while not task.children():
        assert task.poll() is None
        if time.monotonic() > limit:
            return None
        time.sleep(0.02)
    return task.children()[0]


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_the_dbt_of_a_killed_task_keeps_the_lock(warehouse: Settings) -> None:
    lock = warehouse.state_dir / "dbt" / "writer.lock"
    task = start()
    dbt = dbt_of(task)
    assert dbt
    task.send_signal(signal.SIGKILL)
    task.wait()
    dbt.suspend()
    # Another folder, the same tables; and a past state, which has tables of its own.
    build, past = start(build_id="corner_shop@2024-01-31/1"), start(publication_id=1)
    try:
        assert dbt_of(past)
        assert not dbt_of(build, 3)
        assert not is_free(lock)
    finally:
        dbt.resume()
    limit = time.monotonic() + 120
    while dbt.is_running() and dbt.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert dbt_of(build)
    assert [build.wait(), past.wait()] == [0, 0]
    assert is_free(lock)
