"""Starting Airflow under a supervisor, waiting until it can work, and ending it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime

import psutil

from stack import processes, supervisor
from stack.chain import CHAIN
from stack.client import AirflowClient, ApiError
from stack.environment import log_dir, stack_environment
from stack.processes import StackError
from warehouse.embedded import free_port
from warehouse.settings import get_settings

PARSE_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 40
NOTICE_TIMEOUT_SECONDS = 20


@contextlib.contextmanager
def own_airflow() -> Iterator[tuple[AirflowClient, subprocess.Popen[bytes]]]:
    """Start a supervisor that ends with the block, and Airflow with it.

    Yields:
        Airflow's API, which does not answer yet, and the supervisor.

    Raises:
        StackError: Airflow ended within the block.
    """
    port = free_port()
    command = _command(port, kept=False)
    # The supervisor ends when this pipe does, whatever happens to this process.
    process = processes.start(command, stack_environment(port), log_dir() / "supervisor.log", stdin=subprocess.PIPE)
    try:
        yield AirflowClient(port), process
    except ApiError as error:
        if error.status is not None or not _ends(process):
            raise
        raise StackError(f"Airflow ended, run again.\n{processes.log_tail('supervisor')}") from error
    finally:
        end_supervisor(process)


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a supervisor ends: it looks after Airflow's processes every few seconds."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(NOTICE_TIMEOUT_SECONDS)
    return process.poll() is not None


def start_kept(port: int) -> subprocess.Popen[bytes]:
    """Start a supervisor that outlives this process."""
    log = log_dir() / "supervisor.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        return subprocess.Popen(
            _command(port, kept=True),
            env=stack_environment(port),
            cwd=get_settings().project_dir,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    """Wait until the supervisor reports that Airflow answers.

    Raises:
        StackError: the supervisor ended before.
    """
    while True:
        state = supervisor.running_state()
        if state and state.pid == process.pid and state.ready:
            return
        if process.poll() is not None:
            raise StackError(f"Airflow could not be started.\n{processes.log_tail('supervisor')}")
        time.sleep(0.2)


def wait_for_dags(client: AirflowClient) -> None:
    """Wait until every DAG has been read since the DAG processor started.

    Raises:
        StackError: a DAG file is broken, or the DAGs do not appear.
    """
    started = _started_at()
    limit = time.monotonic() + PARSE_TIMEOUT_SECONDS
    while time.monotonic() < limit:
        errors = client.import_errors()
        if errors:
            raise StackError("Airflow cannot read a DAG file.\n" + "\n".join(errors))
        parsed = client.parsed_dags()
        if all(parsed.get(dag_id) and datetime.fromisoformat(parsed[dag_id]) >= started for dag_id in CHAIN):
            return
        time.sleep(0.5)
    raise StackError(
        f"Airflow did not read the DAGs within {PARSE_TIMEOUT_SECONDS} s.\n{processes.log_tail('dag-processor')}"
    )


def fail_interrupted_runs(client: AirflowClient) -> None:
    """End the runs that an interrupted command left open: nothing works on them, and new runs would wait for them.

    A run that was ended in time may have a task that began in the same moment. Nobody looks for it any more, and it
    would hold its slot of the pool for ever.
    """
    left = [*client.runs(list(CHAIN), ["running", "queued"]), *client.tasks_at_work(list(CHAIN))]
    for dag_id, run_id in dict.fromkeys((each["dag_id"], each["dag_run_id"]) for each in left):
        client.fail_run(dag_id, run_id)


def end_supervisor(process: subprocess.Popen[bytes]) -> None:
    """Have a supervisor end Airflow, and wait for it; nothing interrupts this."""
    handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if process.stdin:
            process.stdin.close()
        elif process.poll() is None:
            process.terminate()
        process.wait(STOP_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        processes.end([psutil.Process(process.pid)], 2)
    finally:
        # A supervisor that was killed has ended nobody. One that found another at work must not end the other's.
        if supervisor.running_state() is None:
            processes.end(processes.leftovers(), 2)
        for number, handler in handlers.items():
            signal.signal(number, handler)


def _started_at() -> datetime:
    state = supervisor.running_state()
    if state is None:
        raise StackError(f"Airflow ended.\n{processes.log_tail('supervisor')}")
    return datetime.fromtimestamp(state.created).astimezone()


def _command(port: int, *, kept: bool) -> list[str]:
    return [sys.executable, "-m", "stack", "supervise", "--port", str(port), *(["--kept"] if kept else [])]
