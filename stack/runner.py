"""Runs the whole chain for a company: server, landing files, Airflow, DAGs, result, and a clean end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, timedelta

from stack import launch, supervisor
from stack.chain import Chain, run_chain
from stack.client import AirflowClient
from stack.preparation import databases, latest_business_date, prepare, require_company, require_extracts
from stack.processes import StackError
from stack.progress import Progress
from stack.report import print_failure
from stack.result import print_result

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
    with launch.own_airflow() as (client, process):
        # Airflow starts while the files are prepared: it needs most of its time for imports.
        prepare(company, progress)
        with progress.step("Starting Airflow"):
            launch.wait_until_ready(process)
            launch.wait_for_dags(client)
            launch.fail_interrupted_runs(client)
        yield client


def _run_one(client: AirflowClient, company: str, day: date, progress: Progress) -> Chain:
    progress.say(f"Running the chain for {company}, business date {day}")
    with progress.chain():
        return run_chain(client, company, day, progress.show)
