"""Asking for metrics by name: MetricFlow's own program ``mf``, on the definitions of dbt_project/models/metrics."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from warehouse.dbt import dbt_environment
from warehouse.outcomes import DbtRunError
from warehouse.settings import get_settings


def run_mf(arguments: list[str]) -> int:
    """Run mf with the project and the warehouse, and return its exit code.

    Args:
        arguments: Its command and options, as in ``["query", "--metrics", "net_sales_amount"]``.

    Raises:
        DbtRunError: the project's definitions cannot be read.
    """
    folder = _folder()
    environment = dbt_environment(folder / "target")
    parsed = subprocess.run(
        [_program("dbt"), "--quiet", "parse"], env=environment, check=False, capture_output=True, text=True
    )
    if parsed.returncode != 0:
        raise DbtRunError(f"dbt cannot read the metrics:\n{parsed.stdout}{parsed.stderr}")
    # mf looks for the outcome of dbt below the project, where nothing generated shall lie, and knows no other place.
    environment["DBT_PROJECT_DIR"] = str(folder)
    return subprocess.run([_program("mf"), *arguments], env=environment, check=False).returncode


def _program(name: str) -> Path:
    return Path(sys.executable).with_name(name)


def _folder() -> Path:
    """Return a folder that mf takes for the project."""
    folder = get_settings().state_dir / "dbt" / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "dbt_project.yml"
    if not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(get_settings().project_dir / "dbt_project" / "dbt_project.yml")
    return folder
