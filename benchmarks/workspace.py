"""A state folder of a benchmark's own, so that nobody's warehouse is touched."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from warehouse.settings import get_settings

# What the measured programs must not inherit from the person who runs the benchmark.
PRIVATE_VARIABLES = (
    "WAREHOUSE_URL", "ORW_LANDING_DIR", "ORW_ARTIFACTS_DIR", "ORW_COMPANIES_DIR", "COMPANY",
    # Without cached bytecode every program would compile the project anew.
    "PYTHONDONTWRITEBYTECODE",
)  # fmt: skip


@contextlib.contextmanager
def own_state(**variables: str) -> Iterator[Path]:
    """Provide an empty state folder that this process and its children use, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="orw-bench-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    before = dict(os.environ)
    for name in PRIVATE_VARIABLES:
        os.environ.pop(name, None)
    os.environ.update({"ORW_STATE_DIR": str(folder)} | {k: v.format(state=folder) for k, v in variables.items()})
    get_settings.cache_clear()
    try:
        yield folder
    finally:
        os.environ.clear()
        os.environ.update(before)
        get_settings.cache_clear()
        shutil.rmtree(folder, ignore_errors=True)
