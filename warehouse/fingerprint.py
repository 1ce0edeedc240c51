"""Hashes over dbt's project: over all that dbt reads of it, and over what its incremental tables are made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from warehouse.settings import get_settings

# Marts that every build makes anew ask for nothing when they change; those made in place are found by what they say.
INCREMENTAL_FOLDERS = ("macros", "models/staging", "models/intermediate", "models/core", "seeds")
MARTS, IN_PLACE = "models/marts", "materialized='incremental'"
# What dbt checks or writes beside the rows.
SILENT_FOLDERS = ("macros/generic_tests",)
SILENT_KEYS = frozenset({"description", "data_tests", "unit_tests", "freshness", "loaded_at_field"})


def project_fingerprint() -> str:
    """Return a hash over every .sql, .yml and .csv file of dbt's project."""
    root = _root()
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()


def models_fingerprint() -> str:
    """Return a hash over what decides the rows and columns of the incremental tables, descriptions and tests aside."""
    root = _root()
    silent = [root / folder for folder in SILENT_FOLDERS]
    paths = [root / "dbt_project.yml"]
    for folder in INCREMENTAL_FOLDERS:
        paths += [path for path in _files(root / folder) if not any(path.is_relative_to(place) for place in silent)]
    paths += [path for path in _files(root / MARTS) if IN_PLACE in path.with_suffix(".sql").read_text(encoding="utf-8")]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(root)).encode() + _content(path))
    return digest.hexdigest()


def _root() -> Path:
    return get_settings().project_dir / "dbt_project"


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.suffix in {".sql", ".yml", ".csv"})


def _content(path: Path) -> bytes:
    if path.suffix != ".yml":
        return path.read_bytes()
    return json.dumps(_without_silent(yaml.safe_load(path.read_text(encoding="utf-8"))), default=str).encode()


def _without_silent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_silent(inner) for key, inner in value.items() if key not in SILENT_KEYS}
    return [_without_silent(inner) for inner in value] if isinstance(value, list) else value
