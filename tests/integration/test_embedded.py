"""The embedded server of a state folder, and another one on its port."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from warehouse import embedded
from warehouse.settings import Settings

pytestmark = pytest.mark.integration


def test_a_copied_folder_gets_a_server_of_its_own(warehouse: Settings) -> None:
    """A copy of the folder names port and process of the server it was copied from."""
    folder = Path(tempfile.mkdtemp(prefix="orw-test-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    original = embedded.server()
    try:
        (folder / "postgres").mkdir()
        shutil.copy(original.port_file, folder / "postgres")
        command = [sys.executable, "-m", "warehouse", "psql", "--sql", "show data_directory"]
        done = subprocess.run(
            command, env=os.environ | {"ORW_STATE_DIR": str(folder)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(folder / "postgres" / "data")
        shutil.copy(original.data_dir / "postmaster.pid", folder / "postgres" / "data")
        shutil.copy(original.port_file, folder / "postgres")
        assert not embedded.is_running(embedded.Server(folder / "postgres" / "data"))
        assert embedded.is_running(original)
    finally:
        shutil.rmtree(folder)
