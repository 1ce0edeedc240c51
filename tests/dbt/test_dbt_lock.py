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
run_dbt(["parse", "--no-partial-parse"], "corner_shop", date(2024, 1, 31))
"""


def is_free(lock: Path) -> bool:
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def test_the_dbt_of_a_killed_task_keeps_the_lock(warehouse: Settings) -> None:
    lock = warehouse.state_dir / "dbt" / "other.lock"
    task = psutil.Popen([sys.executable, "-c", TASK], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not task.children():
        assert task.poll() is None
        time.sleep(0.02)
    (dbt,) = task.children()
    task.send_signal(signal.SIGKILL)
    task.wait()
    dbt.suspend()
    try:
        assert not is_free(lock)
    finally:
        dbt.resume()
    limit = time.monotonic() + 120
    while not is_free(lock):
        assert time.monotonic() < limit
        time.sleep(0.1)
    assert not dbt.is_running() or dbt.status() == psutil.STATUS_ZOMBIE
