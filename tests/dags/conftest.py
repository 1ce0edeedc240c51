"""The DAGs as Airflow reads them, without a metadata database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
DAGS = PROJECT / "dags"


def airflow_environment(home: Path) -> dict[str, str]:
    """Return an environment in which Airflow reads the DAGs and touches nothing else."""
    return os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONPATH": str(PROJECT),
    }


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh interpreter finds in the DAG folder: Airflow's settings are per process."""
    home = tmp_path_factory.mktemp("airflow")
    script = Path(__file__).with_name("describe.py")
    done = subprocess.run(
        [sys.executable, str(script), str(DAGS)],
        check=False,
        env=airflow_environment(home),
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
