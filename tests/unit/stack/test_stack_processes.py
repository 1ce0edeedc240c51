"""Process trees end whole, also when their parent is killed or they refuse to end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from stack import processes
from stack.environment import STACK_MARKER, log_dir, marker

# A stubborn parent with a child that would outlive it.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
time.sleep(300)
"""
STARTER = """
import os, sys, time
from pathlib import Path
from stack import processes
child = processes.start([sys.executable, "-c", "import time; time.sleep(300)"], dict(os.environ), Path(sys.argv[1]))
print(child.pid, flush=True)
time.sleep(300)
"""


def gone(pid: int, seconds: float = 10) -> bool:
    """Tell whether a process ends in time; a zombie has ended."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def lines_of(log: Path, seconds: float = 10) -> list[str]:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and not (log.exists() and log.read_text().endswith("\n")):
        time.sleep(0.05)
    return log.read_text().splitlines()


def test_end_takes_the_children_of_a_stubborn_process(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = processes.start([sys.executable, "-c", STUBBORN], dict(os.environ), log)
    child = int(lines_of(log)[0])
    processes.end([psutil.Process(process.pid)], grace_seconds=0.5)
    assert gone(process.pid)
    assert gone(child)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children that their parent was killed")
def test_process_ends_with_a_killed_parent(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STARTER, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as starter:
        assert starter.stdout is not None
        child = int(starter.stdout.readline())
        assert psutil.pid_exists(child)
        starter.kill()
        starter.wait()
    assert gone(child)


def test_leftovers_are_the_marked_processes_of_this_state_folder(state_dir: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(300)"]
    ours = processes.start(command, os.environ | {STACK_MARKER: marker()}, tmp_path / "ours")
    others = processes.start(command, os.environ | {STACK_MARKER: "/elsewhere"}, tmp_path / "others")
    try:
        assert [process.pid for process in processes.leftovers()] == [ours.pid]
    finally:
        processes.end([psutil.Process(ours.pid), psutil.Process(others.pid)], 1)
        ours.wait()
        others.wait()
    assert processes.leftovers() == []


def test_writer_of_a_log_is_a_leftover_and_a_reader_is_not(state_dir: Path) -> None:
    # As Airflow's API server, whose title overwrites its environment.
    writer = processes.start([sys.executable, "-c", "import time; time.sleep(300)"], {}, log_dir() / "api-server.log")
    with (log_dir() / "api-server.log").open() as log, subprocess.Popen(["sleep", "300"], stdin=log) as reader:
        try:
            assert [process.pid for process in processes.leftovers()] == [writer.pid]
        finally:
            processes.end([psutil.Process(writer.pid), psutil.Process(reader.pid)], 1)
