"""Fixtures shared by all test layers."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse import embedded, schemas
from warehouse.settings import Settings, get_settings

# A test must never reach the warehouse or the files that the person who runs it works with.
PRIVATE_VARIABLES = ("WAREHOUSE_URL", "ORW_LANDING_DIR", "ORW_ARTIFACTS_DIR", "ORW_COMPANIES_DIR", "COMPANY")


@pytest.fixture(scope="session")
def state_dir() -> Iterator[Path]:
    """A state folder for this session alone, which the server's own account can enter too."""
    folder = Path(tempfile.mkdtemp(prefix="orw-test-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(os.environ, "ORW_STATE_DIR", str(folder))
        for name in (*PRIVATE_VARIABLES, *(name for name in os.environ if name.startswith("ORW_NOTIFY"))):
            patch.delenv(name, raising=False)
        get_settings.cache_clear()
        yield folder
    get_settings.cache_clear()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def warehouse(state_dir: Path) -> Iterator[Settings]:
    """A running warehouse of this session's own: roles, schemas, operational and raw tables, no rows."""
    from ingest import ddl

    with embedded.running_server():
        schemas.initialize()
        ddl.create_raw_tables()
        yield get_settings()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real data sets; tests that need it are skipped where it is absent."""
    folder = get_settings().real_data_dir
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set REAL_DATA to the folder that holds adventureworks/")
    return folder
