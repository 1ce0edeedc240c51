"""Which environment variables the code reads, from its syntax, and which Airflow knows."""

from __future__ import annotations

import ast
import importlib.util
import runpy
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from warehouse.connection import AIRFLOW_SECRET, SERVICE_ROLES, password_name

PROJECT = Path(__file__).resolve().parents[2]
PACKAGES = ("dags", "expectations", "ingest", "ml", "planning", "samples", "stack", "warehouse")
# Places that look up whatever name they are given: secret() its argument, locations what sources.yml says, channels the
# name of an owner.
ANY_NAME = {"warehouse/secrets.py", "ingest/locations.py", "planning/notify/channels.py"}
# Read through secret() with a name that is only known at run time.
COMPUTED_SECRETS = {password_name(role).upper() for role in SERVICE_ROLES}


def source_files() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((PROJECT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def constants(tree: ast.Module) -> dict[str, str]:
    """Module-level names bound to a text, imported ones of the warehouse included."""
    found = {"AIRFLOW_SECRET": AIRFLOW_SECRET}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found |= {target.id: node.value.value for target in node.targets if isinstance(target, ast.Name)}
    return found


def text_of(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return known.get(node.id) if isinstance(node, ast.Name) else None


def names_read() -> set[str]:
    """Environment variables that the code reads, directly or as secret(name)."""
    names: set[str] = set(COMPUTED_SECRETS)
    for path, tree in source_files():
        known = constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
                name = text_of(node.args[0], known)
                assert name or path.relative_to(PROJECT).as_posix() in ANY_NAME, f"{path}:{node.lineno}: which name?"
                names |= {name} if name else set()
            elif isinstance(node, ast.Call) and ast.unparse(node.func) == "secret":
                name = text_of(node.args[0], known)
                names |= {name.upper()} if name else set()
            elif (
                isinstance(node, ast.Subscript)
                and ast.unparse(node.value) == "os.environ"
                and isinstance(node.ctx, ast.Load)
            ):
                name = text_of(node.slice, known)
                assert name, f"{path}:{node.lineno}: which name?"
                names.add(name)
    return names


@cache
def airflow_options() -> set[tuple[str, str]]:
    """Section and name of every option of the installed Airflow and its Celery provider."""
    spec = importlib.util.find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    known = yaml.safe_load((folder / "config_templates" / "config.yml").read_text(encoding="utf-8"))
    known |= runpy.run_path(str(folder / "providers/celery/get_provider_info.py"))["get_provider_info"]()["config"]
    return {(section, option) for section, content in known.items() for option in content["options"]}
