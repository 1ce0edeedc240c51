"""Imports only go down: who may import whom among the packages of the project."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
FLOOR = {"warehouse"}
ROOMS = {
    "warehouse": set[str](),
    "ingest": FLOOR,
    "expectations": FLOOR,
    "ml": FLOOR,
    "planning": FLOOR,
    "samples": FLOOR,
    "dags": {"expectations", "ml", "planning", "ingest"} | FLOOR,
    "stack": {"dags", "expectations", "ml", "planning", "ingest"} | FLOOR,
    "benchmarks": {"stack", "dags", "expectations", "ml", "planning", "ingest", "samples"} | FLOOR,
}
AIRFLOW_ROOMS = {"dags"}
MODULES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Return the top-level names that a module imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_imports_only_go_down(path: Path) -> None:
    room = path.relative_to(PROJECT).parts[0]
    names = imported(path)
    assert names & set(ROOMS) <= ROOMS[room] | {room}
    if room not in AIRFLOW_ROOMS:
        assert "airflow" not in names


def test_every_package_has_a_place() -> None:
    packages = {path.parent.name for path in PROJECT.glob("*/__init__.py")}
    assert packages <= set(ROOMS)
    assert MODULES


def test_the_check_sees_imports_inside_functions(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("import os\ndef load():\n    from airflow.sdk import dag\n    import ml.registry\n")
    assert imported(module) == {"os", "airflow", "ml"}
