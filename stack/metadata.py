"""Airflow's metadata database: brought to the installed version before anything starts."""

from __future__ import annotations

import json
import select
from importlib.metadata import version

import psutil

from stack import processes
from stack.environment import airflow_home, log_dir
from stack.processes import GRACE_SECONDS, StackError, log_tail
from warehouse.connection import airflow_connect


def migrate(environment: dict[str, str], waiting: list[int]) -> bool:
    """Bring Airflow's database to the installed version, unless it is there: asking Airflow itself takes 5 s.

    Args:
        environment: Environment of Airflow's processes.
        waiting: Descriptors that become readable when somebody asks to stop.

    Returns:
        Whether the database is ready; False when somebody asked to stop.

    Raises:
        StackError: Airflow could not migrate its database.
    """
    done_file = airflow_home() / "migrated.json"
    installed = version("apache-airflow-core")
    if done_file.exists() and json.loads(done_file.read_text()) == [installed, _revision()]:
        return True
    migration = processes.start(["airflow", "db", "migrate"], environment, log_dir() / "migrate.log")
    while migration.poll() is None:
        if select.select(waiting, [], [], 0.2)[0]:
            processes.end([psutil.Process(migration.pid)], GRACE_SECONDS)
            return False
    if migration.returncode != 0:
        raise StackError(f"Airflow's database could not be brought to version {installed}.\n{log_tail('migrate')}")
    done_file.write_text(json.dumps([installed, _revision()]))
    return True


def _revision() -> str | None:
    with airflow_connect() as connection:
        found = connection.execute("select to_regclass('alembic_version')").fetchone()
        if not found or found[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return row[0] if row else None
