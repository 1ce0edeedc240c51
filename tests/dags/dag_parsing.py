"""Reads the DAG folder as Airflow does, in an interpreter of its own and without a metadata database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]
DAGS = PROJECT / "dags"


def airflow_environment(home: Path) -> dict[str, str]:
    """Return an environment in which Airflow reads the DAGs and touches nothing else."""
    inherited = {name: value for name, value in os.environ.items() if name != "ORW_SCHEDULE"}
    return inherited | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "PYTHONPATH": str(PROJECT),
    }


def parse(home: Path, **variables: str) -> dict[str, Any]:
    """Read the DAG folder in a fresh interpreter, with more variables in its environment."""
    script = Path(__file__).with_name("describe.py")
    done = subprocess.run(
        [sys.executable, str(script), str(DAGS)],
        check=False,
        env=airflow_environment(home) | variables,
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
