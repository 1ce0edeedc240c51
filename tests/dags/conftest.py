"""The DAGs as Airflow reads them."""

from __future__ import annotations

from typing import Any

import pytest
from dag_parsing import parse


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a fresh interpreter finds in the DAG folder: Airflow's settings are per process."""
    return parse(tmp_path_factory.mktemp("airflow"))
