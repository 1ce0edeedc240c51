"""Commands on a warehouse that is not there, not set up or not reachable end in one line that says what to do."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from warehouse.connection import Role, warehouse_url
from warehouse.settings import PROJECT_DIR, Settings

pytestmark = pytest.mark.integration

COMMANDS = {
    "init": ["init"],
    "load": ["load", "--company", "adventureworks", "--date", "2014-06-30"],
    "status": ["status"],
    "release": ["release", "--batch", "1", "--reason", "seen"],
}


@pytest.fixture
def fresh() -> Iterator[Path]:
    """A state folder in which nothing ever ran."""
    folder = Path(tempfile.mkdtemp(prefix="orw-test-fresh-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def ingest(state: Path, arguments: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    own = {name: text for name, text in os.environ.items() if not name.startswith(("ORW_", "WAREHOUSE_", "COMPANY"))}
    return subprocess.run(
        [sys.executable, "-m", "ingest", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT_DIR,
        env=own | {"ORW_STATE_DIR": str(state)} | variables,
    )


def only_line(done: subprocess.CompletedProcess[str]) -> str:
    """Return the line that a failed command leaves."""
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    return line


@pytest.mark.parametrize("command", ["load", "status", "release"])
def test_nothing_ever_ran_here(fresh: Path, command: str) -> None:
    line = only_line(ingest(fresh, COMMANDS[command]))
    assert line == f"error: there is no warehouse in {fresh} yet: run `make run`, or `python -m ingest init`"
    assert not (fresh / "postgres").exists()


def test_init_is_enough_to_begin(fresh: Path) -> None:
    done = ingest(fresh, ["init"])
    assert (done.returncode, done.stderr) == (0, "")
    assert "created raw.sales_lines" in done.stdout
    status = ingest(fresh, ["status"])
    assert (status.returncode, status.stderr) == (0, "")
    assert "Batches, newest first: none" in status.stdout


def test_server_without_logins(fresh: Path) -> None:
    command = [sys.executable, "-c", "from warehouse import embedded\nwith embedded.running_server(): pass"]
    subprocess.run(command, check=True, cwd=PROJECT_DIR, env=os.environ | {"ORW_STATE_DIR": str(fresh)})
    for name in ("load", "status", "release"):
        line = only_line(ingest(fresh, COMMANDS[name]))
        assert "the warehouse is not set up, or has other passwords than this state folder: run `make run`, or" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_server_that_does_not_answer(fresh: Path, command: str) -> None:
    line = only_line(ingest(fresh, COMMANDS[command], WAREHOUSE_URL="postgresql://u:s3cret@127.0.0.1:1/x"))
    assert "the warehouse at 127.0.0.1:1 cannot be reached: start it, or correct WAREHOUSE_URL (" in line
    assert "s3cret" not in line


@pytest.mark.parametrize("command", COMMANDS)
def test_login_that_is_not_let_in(fresh: Path, warehouse: Settings, command: str) -> None:
    line = only_line(ingest(fresh, COMMANDS[command], WAREHOUSE_URL=warehouse_url(Role.OWNER)))
    assert "run `make run`, or `python -m warehouse init` and then `python -m ingest init` (" in line


def test_warehouse_of_an_earlier_version(fresh: Path, warehouse: Settings, owner: psycopg.Connection) -> None:
    shutil.copy(warehouse.state_dir / "secrets.json", fresh / "secrets.json")
    owner.execute("alter table ops.batches rename column gate_reason to old_reason")
    try:
        line = only_line(ingest(fresh, COMMANDS["status"], WAREHOUSE_URL=warehouse_url(Role.OWNER)))
    finally:
        owner.execute("alter table ops.batches rename column old_reason to gate_reason")
    assert "the warehouse lacks what this version needs: run `make run`, or `python -m warehouse init`" in line


@pytest.mark.parametrize("command", COMMANDS)
def test_url_that_is_none(fresh: Path, command: str) -> None:
    assert "WAREHOUSE_URL must look like" in only_line(ingest(fresh, COMMANDS[command], WAREHOUSE_URL="somewhere"))


def test_company_that_cannot_be_one(fresh: Path) -> None:
    assert "use lower-case letters" in only_line(ingest(fresh, ["status"], COMPANY="Upper Case"))
