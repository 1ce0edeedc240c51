"""A state folder that the server's account cannot enter is refused by name, before anything is created."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.settings import closed_folder

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def private(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


def test_only_root_hands_the_server_to_another_account(private: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert closed_folder(private / "state") is None
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    closed = closed_folder(private / "state")
    assert closed is not None
    assert private.is_relative_to(closed), "the outermost folder, which is the one to open first"
    assert closed_folder(Path("/usr/bin")) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="the server of other users runs under their own account")
@pytest.mark.parametrize("command", ["stack run", "stack up", "warehouse init", "ingest init"])
def test_closed_folder_is_refused_in_one_line(private: Path, command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        check=False,
        cwd=PROJECT,
        env=os.environ | {"ORW_STATE_DIR": str(private / "state")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert f"cannot enter {closed_folder(private)}: set ORW_STATE_DIR" in line
    assert list(private.iterdir()) == []
