"""`make up` begins once, and `make down` may come in between; a checkout that never ran says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stack import daemon, starting, supervisor
from stack.processes import StackError

PROJECT = Path(__file__).parents[3]
STARTER = """
import time
from stack import starting
with starting.announced():
    print("announced", flush=True)
    time.sleep(300)
"""


def test_only_one_start_at_a_time(state_dir: Path) -> None:
    with starting.announced(), pytest.raises(StackError, match="Another `make up`"), starting.announced():
        pass
    with starting.announced():
        pass


def test_nothing_to_interrupt(state_dir: Path) -> None:
    starting.lock_file().unlink(missing_ok=True)
    assert not starting.interrupt(1)
    with starting.announced():
        pass
    assert not starting.interrupt(1), "that start has ended"


def test_start_that_is_going_on_is_ended(state_dir: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER], cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "announced\n"
        assert starting.interrupt(10)
        process.wait(10)
    assert not starting.interrupt(1)


def test_status_of_a_checkout_that_never_ran_is_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    done = subprocess.run(
        [sys.executable, "-m", "stack", "status"],
        check=False,
        cwd=PROJECT,
        env=os.environ | {"ORW_STATE_DIR": str(folder)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Nothing has run here yet ({folder}): begin with `make run` or `make up`.\n"
    assert not folder.exists()


def test_down_leaves_a_run_that_works_alone(state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    working = supervisor.State(pid=os.getpid(), created=0.0, port=1, kept=False, ready=True)
    monkeypatch.setattr(supervisor, "running_state", lambda: working)
    with pytest.raises(StackError, match="A `make run` is working"):
        daemon.down()
