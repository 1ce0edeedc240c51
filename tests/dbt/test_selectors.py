"""In one run every model is built once, and every test runs once, with the step that completes what it reads."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from warehouse import dbt
from warehouse.selections import AFTER_ALERTS, AFTER_ML, LAYERS, RECONCILIATION

# The layers of build_warehouse, then what publish_marts builds and what it ends with.
STEPS = (*LAYERS, AFTER_ML, AFTER_ALERTS, RECONCILIATION)


@pytest.fixture(scope="module")
def steps(manifest: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What dbt would run in each step, by name."""
    target = tmp_path_factory.mktemp("selectors")
    return {step: _selected(step, target) for step in STEPS}


def _selected(selector: str, target: Path) -> list[str]:
    kinds = [option for kind in ("model", "test", "unit_test") for option in ("--resource-type", kind)]
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--quiet", "ls", "--selector", selector, "--output", "name", *kinds],
        env=dbt.dbt_environment(target),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.split()


def test_everything_runs_once(manifest: dict[str, Any], steps: dict[str, list[str]]) -> None:
    runs = Counter(name for names in steps.values() for name in names)
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "test")]
    known = {node["name"] for node in [*nodes, *manifest["unit_tests"].values()]}
    assert {name: count for name, count in runs.items() if count != 1} == {}
    assert known - set(runs) == set()


def test_a_run_ends_with_raw_against_marts(steps: dict[str, list[str]]) -> None:
    assert steps[RECONCILIATION] == ["assert_sales_reconcile"]
