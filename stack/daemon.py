"""``make up``, ``make down``, ``make status``: Airflow and the warehouse as services of this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket

import psutil
import psycopg
from psycopg.conninfo import conninfo_to_dict

from stack import launch, processes, starting, supervisor
from stack.client import AirflowClient, ApiError
from stack.environment import HOST, USER, admin_password
from stack.preparation import databases, prepare, require_company
from stack.processes import StackError
from stack.progress import Progress
from warehouse import embedded, schemas
from warehouse.connection import Role, warehouse_url
from warehouse.settings import get_settings

STOP_SECONDS = 30


def up(port: int, company: str) -> int:
    """Start Airflow and the warehouse to stay, and print where the UI is.

    Args:
        port: Port of the UI on 127.0.0.1.
        company: Company whose landing files to prepare.
    """
    progress = Progress()
    state = supervisor.running_state()
    if state and not state.kept:
        raise StackError("A `make run` is working: wait until it has ended")
    if state and state.port != port:
        progress.say(f"Airflow runs on port {state.port} already: `make down` first, to have it on {port}")
    if state is None:
        require_company(company)
        _require_free(port)
        embedded.create_folder()
        with starting.announced(), databases():
            _start(port, company, progress)
    progress.say(f"Airflow: http://127.0.0.1:{state.port if state else port}, user {USER}, password {admin_password()}")
    if state is None and os.environ.get("ORW_SCHEDULE") != "on":
        progress.say("The nightly schedule is off: `make down`, then `ORW_SCHEDULE=on make up` turns it on")
    progress.say("Stop everything: make down")
    return 0


def down() -> int:
    """Stop Airflow and the warehouse, and check that no process is left.

    Raises:
        StackError: a `make run` is at work, or a process cannot be ended.
    """
    state = supervisor.running_state()
    if state and not state.kept:
        raise StackError("A `make run` is working, and stops what it started: wait for its end, or press Ctrl-C there")
    starting.interrupt(STOP_SECONDS)
    embedded.keep(False)
    state = supervisor.running_state()
    if state:
        process = psutil.Process(state.pid)
        process.terminate()
        psutil.wait_procs([process], timeout=STOP_SECONDS)
    processes.end(processes.leftovers(), 2)
    # Taking and giving back the server stops it when nobody else uses it.
    target = embedded.server()
    if embedded.is_running(target):
        with embedded.running_server():
            pass
    if embedded.is_running(target):
        raise StackError("The database server is still used by another process, which will stop it when it ends")
    left = processes.leftovers()
    if left:
        raise StackError(f"These processes could not be ended: {[process.pid for process in left]}")
    print("Airflow and the warehouse are stopped.")
    return 0


def status(company: str) -> int:
    """Print what runs, and the company's batches; return 0 unless Airflow runs and does not answer.

    Raises:
        StackError: there is no such company.
    """
    require_company(company)
    settings = get_settings()
    target = embedded.server()
    if not (target.data_dir / "PG_VERSION").is_file():
        print(f"Nothing has run here yet ({settings.state_dir}): begin with `make run` or `make up`.")
        return 0
    server = f"running on port {target.port}" if embedded.is_running(target) else "stopped"
    if settings.warehouse_url:
        address = conninfo_to_dict(warehouse_url(Role.OWNER))
        print(f"warehouse: {address['host']}, database {address['dbname']}")
        print(f"database of Airflow: {server} ({settings.state_dir})")
    else:
        print(f"warehouse: {server} ({settings.state_dir})")
    code = _print_airflow()
    _print_batches(company)
    return code


def clean() -> int:
    """Remove the state folder: the embedded server's data, landing files, models, logs, secrets."""
    folder = get_settings().state_dir
    if not (folder / "secrets.json").is_file():
        print(f"Nothing of this project lies in {folder}.")
        return 0
    if supervisor.running_state() or embedded.is_running(embedded.server()):
        raise StackError("Something still runs: `make down` first")
    shutil.rmtree(folder)
    print(f"Removed {folder}.")
    return 0


def _print_airflow() -> int:
    state = supervisor.running_state()
    if state is None:
        print("airflow: stopped")
        return 0
    print(f"airflow: http://127.0.0.1:{state.port}, supervisor {state.pid}, {'ready' if state.ready else 'starting'}")
    for process in psutil.Process(state.pid).children():
        # A process may end while it is looked at.
        with contextlib.suppress(psutil.Error):
            # Airflow's API server overwrites its command line with its title.
            title = " ".join(process.cmdline()[1:4]).strip() or process.name()
            print(f"  {process.pid} {title[-60:]}, {process.memory_info().rss >> 20} MiB")
    return _print_runs(AirflowClient(state.port)) if state.ready else 0


def _print_runs(client: AirflowClient) -> int:
    try:
        for run in client.runs([])[:10]:
            print(f"  {run['dag_id']} {run['partition_key']}: {run['state']}")
    except ApiError as error:
        print(f"  {error}")
        return 1
    return 0


def _print_batches(company: str) -> None:
    from ingest import output
    from ingest.status import read_status

    with embedded.warehouse_server() as server:
        if server:
            # The first start may have been cut short.
            schemas.initialize()
        try:
            tables = read_status(company)
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
            print("The warehouse has no tables yet: make run or make up creates them.")
            return
    for title, (names, rows) in tables.items():
        output.print_table(title, names, rows)


def _start(port: int, company: str, progress: Progress) -> None:
    """Start Airflow, and leave it and the server running when all of it is ready, or nothing."""
    process = launch.start_kept(port)
    try:
        prepare(company, progress)
        with progress.step("Starting Airflow"):
            launch.wait_until_ready(process)
            launch.wait_for_dags(AirflowClient(port))
        embedded.keep(True)
    except BaseException:
        launch.end_supervisor(process)
        raise


def _require_free(port: int) -> None:
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        raise StackError(
            f"Port {port} is in use by another program: choose another one with `make up PORT=8081`"
        ) from None
