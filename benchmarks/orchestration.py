"""The chain through Airflow's scheduler against the same steps in one bare script, both from an empty warehouse."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

from benchmarks.results import Figure
from benchmarks.workspace import own_state
from warehouse import embedded, schemas
from warehouse.connection import airflow_connect
from warehouse.settings import PROJECT_DIR

COMPANY = "journey"
DAY = date(2017, 12, 31)


def measure() -> list[Figure]:
    """Return seconds of each task and step, and the ratio of the two walls."""
    with own_state() as state:
        landing = state / "landing" / COMPANY
        _program("samples", COMPANY, "--out", str(landing))
        bare = _bare()
        spare = state.with_name(state.name + "-landing")
        shutil.move(landing, spare)
    with own_state() as state:
        landing = state / "landing" / COMPANY
        landing.parent.mkdir(parents=True)
        shutil.move(spare, landing)
        tasks, wall = _through_airflow()
    figures = [Figure(f"task {name}", seconds, "s") for name, seconds in tasks]
    figures += [Figure(f"bare step {name}", seconds, "s") for name, seconds in bare.items()]
    total = sum(bare.values())
    figures.append(
        Figure(
            "chain through the scheduler, first to last task",
            wall,
            "s",
            f"the same steps in a bare script: {total:.1f} s",
            wall / total,
        )
    )
    return figures


def _bare() -> dict[str, float]:
    with embedded.running_server():
        schemas.initialize()
        _program("ingest", "init")
        output = _program("benchmarks.bare_chain", COMPANY, DAY.isoformat())
    seconds: dict[str, float] = json.loads(output.splitlines()[-1])
    return seconds


def _through_airflow() -> tuple[list[tuple[str, float]], float]:
    _program("stack", "run", "--company", COMPANY, "--date", DAY.isoformat())
    with embedded.running_server(), airflow_connect() as connection:
        rows = connection.execute(
            """
            select dag_id || '.' || task_id || coalesce('[' || nullif(map_index, -1) || ']', ''),
                extract(epoch from end_date - start_date)::float
            from task_instance where state = 'success' order by start_date
            """
        ).fetchall()
        wall = connection.execute(
            "select extract(epoch from max(end_date) - min(start_date))::float from task_instance"
        ).fetchone()
    return [(name, seconds) for name, seconds in rows], wall[0] if wall else 0.0


def _program(module: str, *arguments: str) -> str:
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, check=False, env=os.environ, cwd=Path(PROJECT_DIR), stdout=subprocess.PIPE, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
    return done.stdout
