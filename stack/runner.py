"""Runs the whole chain for a company: server, landing files, Airflow, DAGs, result, and a clean end."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import psutil

from stack import processes, supervisor
from stack.chain import CHAIN, Chain, run_chain
from stack.client import AirflowClient
from stack.environment import HOST, log_dir, stack_environment
from stack.preparation import databases, latest_business_date, prepare, require_company, require_extracts
from stack.processes import StackError
from stack.progress import Progress
from stack.report import print_failure
from stack.result import print_result

PARSE_TIMEOUT_SECONDS = 120
STOP_TIMEOUT_SECONDS = 40
INTERRUPTED = 130


def run(company: str, business_date: date | None) -> int:
    """Run the chain for one business date and return the exit code: 0 only when every DAG run succeeded.

    Args:
        company: Company to run for.
        business_date: Business date; None for the latest one in the company's landing zone.
    """
    progress = Progress()
    require_company(company)
    with databases():
        with airflow(progress, company) as client:
            day = business_date or latest_business_date(company)
            require_extracts(company, day)
            chain = _run_one(client, company, day, progress)
            if not chain.succeeded:
                print_failure(client, chain, progress)
        if chain.succeeded:
            print_result(chain, progress)
    return 0 if chain.succeeded else 1


def backfill(company: str, first: date, last: date) -> int:
    """Run the chain for every business date from first to last, in order, and stop at the first that fails.

    Raises:
        StackError: last is before first, or there is no extract up to first.
    """
    if last < first:
        raise StackError(f"the range ends on {last}, before it begins on {first}: exchange FROM and TO")
    progress = Progress()
    require_company(company)
    with databases(), airflow(progress, company) as client:
        require_extracts(company, first)
        for offset in range((last - first).days + 1):
            chain = _run_one(client, company, first + timedelta(days=offset), progress)
            if not chain.succeeded:
                print_failure(client, chain, progress)
                return 1
            progress.say(f"{chain.key}: done")
    return 0


@contextlib.contextmanager
def airflow(progress: Progress, company: str) -> Iterator[AirflowClient]:
    """Provide a running Airflow and the company's landing files; end Airflow afterwards if it was started here."""
    state = supervisor.running_state()
    if state and state.kept:
        progress.say(f"Using the Airflow of `make up` on port {state.port}")
        prepare(company, progress)
        yield AirflowClient(state.port)
        return
    if state:
        raise StackError(f"Another run is going on here (supervisor {state.pid}): wait for its end, or stop it first")
    with _own_airflow() as (client, process):
        # Airflow starts while the files are prepared: it needs most of its time for imports.
        prepare(company, progress)
        with progress.step("Starting Airflow"):
            wait_until_ready(process)
            wait_for_dags(client)
            fail_interrupted_runs(client)
        yield client


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
    """End the runs that an interrupted command left open: nothing works on them, and new runs would wait for them."""
    for run in client.runs(list(CHAIN), ["running", "queued"]):
        client.fail_run(run["dag_id"], run["dag_run_id"])


def free_port() -> int:
    """Return a TCP port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def supervisor_command(port: int, *, kept: bool) -> list[str]:
    """Return the command that starts a supervisor."""
    return [sys.executable, "-m", "stack", "supervise", "--port", str(port), *(["--kept"] if kept else [])]


@contextlib.contextmanager
def _own_airflow() -> Iterator[tuple[AirflowClient, subprocess.Popen[bytes]]]:
    port = free_port()
    command = supervisor_command(port, kept=False)
    # The supervisor ends when this pipe does, whatever happens to this process.
    process = processes.start(command, stack_environment(port), log_dir() / "supervisor.log", stdin=subprocess.PIPE)
    try:
        yield AirflowClient(port), process
    finally:
        end_supervisor(process)


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


def _run_one(client: AirflowClient, company: str, day: date, progress: Progress) -> Chain:
    progress.say(f"Running the chain for {company}, business date {day}")
    with progress.chain():
        return run_chain(client, company, day, progress.show)
