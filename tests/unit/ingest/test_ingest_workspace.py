"""Scratch folders: each load has its own, and those of killed loads go with the next one."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.workspace import open_workspace
from warehouse.settings import get_settings

LOAD = """
import sys
from ingest.workspace import open_workspace
with open_workspace() as workspace:
    workspace.scratch(".csv").write_text("half a file")
    print(workspace.folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ORW_STATE_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def start() -> tuple[subprocess.Popen[str], Path]:
    """Start a load that has written a scratch file, and return it with its folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", LOAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_the_folder_of_a_killed_load_goes_with_the_next_one(state: Path) -> None:
    killed, abandoned = start()
    working, kept = start()
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert list(abandoned.iterdir()), "a killed load leaves its files"
        with open_workspace() as workspace:
            assert not abandoned.exists()
            assert list(kept.iterdir()), "the folder of a load at work stays"
            assert workspace.folder.exists()
    finally:
        working.communicate("")
        killed.communicate()
    assert list((state / "tmp").iterdir()) == []
