"""The supervisor: starts Airflow's processes, watches them, and ends every one of them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from stack import processes
from stack.client import AirflowClient
from stack.environment import airflow_home, log_dir, stack_environment, write_passwords
from stack.metadata import migrate
from stack.processes import GRACE_SECONDS, StackError, log_tail
from warehouse.embedded import running_server
from warehouse.settings import get_settings

logger = logging.getLogger(__name__)

START_TIMEOUT_SECONDS = 180
COMPONENTS = {
    "api-server": ["api-server", "--apps", "all"],
    "scheduler": ["scheduler", "--skip-serve-logs"],
    "dag-processor": ["dag-processor"],
}


@dataclass(frozen=True)
class State:
    """What a running supervisor tells about itself.

    Attributes:
        pid: Process id of the supervisor.
        created: Its creation time, so that a recycled pid is not taken for it.
        port: Port of the API server.
        kept: Whether it was started to stay (``make up``).
        ready: Whether Airflow answers; it may not have read the DAGs yet.
    """

    pid: int
    created: float
    port: int
    kept: bool
    ready: bool


def state_file() -> Path:
    """Return the file in which the supervisor describes itself."""
    return airflow_home() / "stack.json"


def running_state() -> State | None:
    """Return the description of the live supervisor of this state folder, or None."""
    try:
        state = State(**json.loads(state_file().read_text()))
        alive = abs(psutil.Process(state.pid).create_time() - state.created) < 1
    except (FileNotFoundError, json.JSONDecodeError, TypeError, psutil.NoSuchProcess):
        return None
    return state if alive else None


def supervise(port: int, *, kept: bool) -> int:
    """Run Airflow until a signal, the end of standard input (unless kept), or the death of a process.

    Args:
        port: Port of the API server on 127.0.0.1.
        kept: Go on without the process that started this one.

    Returns:
        Exit code: 0 after a requested stop, 1 when a process died or did not start.
    """
    stop_requested = _stop_pipe()
    processes.adopt_orphans()
    airflow_home().mkdir(parents=True, exist_ok=True)
    with _only_one(), running_server():
        _end_remains()
        children: dict[str, subprocess.Popen[bytes]] = {}
        try:
            environment = stack_environment(port)
            write_passwords()
            waiting = [stop_requested] if kept else [stop_requested, sys.stdin.fileno()]
            if not migrate(environment, waiting):
                return 0
            for name, arguments in COMPONENTS.items():
                log = log_dir() / f"{name}.log"
                children[name] = processes.start(["airflow", *arguments], environment, log)
            _describe(State(os.getpid(), psutil.Process().create_time(), port, kept, ready=False))
            _watch(children, AirflowClient(port), waiting, kept=kept)
        except StackError:
            logger.exception("Airflow stopped")
            return 1
        finally:
            _end(children)
    return 0


def _watch(
    children: dict[str, subprocess.Popen[bytes]], client: AirflowClient, waiting: list[int], *, kept: bool
) -> None:
    """Announce readiness, then sleep until something happens."""
    started = time.monotonic()
    ready = False
    while True:
        if select.select(waiting, [], [], 5.0 if ready else 0.25)[0]:
            return
        for name, child in children.items():
            if child.poll() is not None:
                raise StackError(f"{name} ended with code {child.returncode}.\n{log_tail(name)}")
        if not ready and client.is_healthy():
            client.warm_up()
            _create_pools(client)
            _describe(State(os.getpid(), psutil.Process().create_time(), client.port, kept, ready=True))
            ready = True
        if not ready and time.monotonic() - started > START_TIMEOUT_SECONDS:
            raise StackError(f"Airflow was not ready after {START_TIMEOUT_SECONDS} s.\n{log_tail('api-server')}")


def _stop_pipe() -> int:
    """Turn the signals that ask to stop into something readable, so that no work is interrupted half-way."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    return reading


def _create_pools(client: AirflowClient) -> None:
    pools = json.loads((get_settings().project_dir / "dags" / "common" / "pools.json").read_text())
    for name, pool in pools.items():
        client.ensure_pool(name, pool["slots"], pool["description"])


def _describe(state: State) -> None:
    partial = state_file().with_suffix(".partial")
    partial.write_text(json.dumps(asdict(state)))
    partial.replace(state_file())


@contextlib.contextmanager
def _only_one() -> Iterator[None]:
    """Hold the lock of this state folder's stack."""
    with (airflow_home() / "stack.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"Airflow already runs for {get_settings().state_dir}: see `make status`") from None
        yield


def _end_remains() -> None:
    """End what a killed supervisor of this state folder left behind."""
    remains = processes.leftovers()
    if remains:
        logger.warning("Ending %d processes that an earlier run left behind", len(remains))
        processes.end(remains, GRACE_SECONDS)


def _end(children: dict[str, subprocess.Popen[bytes]]) -> None:
    roots = [psutil.Process(child.pid) for child in children.values() if child.poll() is None]
    processes.end(roots, GRACE_SECONDS)
    # Orphans of the trees became our children.
    processes.end(psutil.Process().children(), 0)
    for child in children.values():
        child.wait()
    state_file().unlink(missing_ok=True)
