"""Fixtures of the dbt layer: the parsed project, and a company small enough to count by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from warehouse import dbt, embedded
from warehouse.connection import Role, connect
from warehouse.settings import Settings, get_settings


@pytest.fixture(scope="session")
def manifest(state_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The manifest of the project, parsed with warnings as errors."""
    target = tmp_path_factory.mktemp("dbt")
    if not embedded.server().port_file.exists():
        # Parsing needs no server, but the profile wants a port.
        embedded.server().data_dir.parent.mkdir(parents=True, exist_ok=True)
        embedded.server().port_file.write_text("5432")
    program = Path(sys.executable).with_name("dbt")
    done = subprocess.run(
        [program, "--warn-error", "parse"],
        env=dbt.dbt_environment(target),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    parsed: dict[str, Any] = json.loads((target / "manifest.json").read_text())
    return parsed


@pytest.fixture
def empty_warehouse(warehouse: Settings) -> Iterator[Settings]:
    """The session's warehouse without a row and without anything dbt built, before the test and after it."""
    yield _emptied(warehouse)
    # Views of dbt would keep other tests from changing the tables below.
    _emptied(warehouse)


@pytest.fixture(scope="module")
def module_warehouse(warehouse: Settings) -> Iterator[Settings]:
    """The same for a module whose tests share one build."""
    yield _emptied(warehouse)
    _emptied(warehouse)


def _emptied(warehouse: Settings) -> Settings:
    with connect(Role.OWNER) as connection:
        for schema in ("staging", "intermediate", "core", "marts_build", "marts"):
            for kind, view in (("table", "pg_tables"), ("view", "pg_views")):
                column = f"{kind}name"
                names = connection.execute(f"select {column} from {view} where schemaname = %s", [schema]).fetchall()
                for (name,) in names:
                    connection.execute(f'drop {kind} if exists {schema}."{name}" cascade')
        tables = connection.execute("select schemaname, tablename from pg_tables where schemaname in ('raw', 'ops')")
        listed = ", ".join(f"{schema}.{name}" for schema, name in tables.fetchall())
        # What planners decided refers to companies.
        connection.execute(f"truncate {listed} cascade")
    return get_settings()
