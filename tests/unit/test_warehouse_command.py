"""The command line of the warehouse: what it passes on to dbt and psql, and what it refuses to do to another server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from warehouse import __main__ as command
from warehouse import embedded
from warehouse.settings import SettingsError, get_settings


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder, while WAREHOUSE_URL names another server."""
    tmp_path.chmod(0o755)
    monkeypatch.setenv("ORW_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://dwh_owner:x@db.example:5432/dwh")
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["warehouse", *arguments])
    return command.main()


@pytest.mark.parametrize("name", ["up", "down"])
def test_another_server_is_neither_started_nor_stopped(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with pytest.raises(SettingsError, match="for the embedded server, and WAREHOUSE_URL names another one"):
        call(monkeypatch, name)
    assert list(elsewhere.iterdir()) == []


def test_another_server_needs_no_embedded_one(elsewhere: Path) -> None:
    with embedded.warehouse_server() as server:
        assert server is None
    assert list(elsewhere.iterdir()) == []


def test_all_that_follows_the_command_goes_to_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(command, "run_dbt", lambda *arguments: given.extend(arguments))
    monkeypatch.setattr(command, "latest_accepted", lambda company: (company, date(2024, 3, 1)))
    monkeypatch.setattr(embedded, "warehouse_server", nullcontext)
    assert call(monkeypatch, "dbt", "--company", "shop", "docs", "generate", "--static", "--target-path", "x") == 0
    assert given == [["docs", "generate", "--static", "--target-path", "x"], "shop", date(2024, 3, 1)]


@pytest.fixture
def started(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """Arguments and environment of each psql that a command starts."""
    calls: list[tuple[list[str], dict[str, str]]] = []

    def run(arguments: list[str], *, env: dict[str, str], check: bool) -> subprocess.CompletedProcess[str]:
        calls.append((arguments, env))
        return subprocess.CompletedProcess(arguments, 0)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("PGPASSWORD", "of-something-else")
    return calls


@pytest.mark.parametrize(
    ("given", "url", "password"),
    [
        ("u%40x:p%40s:s%2Fw@db:5432/dwh", "u%40x@db:5432/dwh", "p@s:s/w"),
        ("u:a+b@db/dwh?sslmode=require", "u@db/dwh?sslmode=require", "a+b"),
        ("u:old@db/dwh?password=n%26w&sslmode=require", "u@db/dwh?sslmode=require", "n&w"),
        ("u@db/dwh", "u@db/dwh", "of-something-else"),
    ],
    ids=["quoted", "plus", "option", "none"],
)
def test_password_is_no_argument_of_psql(
    started: list[tuple[list[str], dict[str, str]]],
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    url: str,
    password: str,
) -> None:
    monkeypatch.setenv("WAREHOUSE_URL", f"postgresql://{given}")
    get_settings.cache_clear()
    assert call(monkeypatch, "psql", "--sql", "select 1") == 0
    ((arguments, environment),) = started
    assert arguments[1:3] == ["--no-psqlrc", f"postgresql://{url}"]
    assert arguments[-1] == "select 1"
    assert environment["PGPASSWORD"] == password


def test_password_of_a_service_role_is_no_argument_of_psql(
    started: list[tuple[list[str], dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_LOADER_PASSWORD", "s%3c/ret")
    assert call(monkeypatch, "psql", "--role", "loader") == 0
    ((arguments, environment),) = started
    assert arguments[1:] == ["--no-psqlrc", "postgresql://loader@db.example:5432/dwh"]
    assert environment["PGPASSWORD"] == "s%3c/ret"
    assert "PGOPTIONS" not in environment


def test_eyes_of_a_person_are_an_option_of_the_session(
    started: list[tuple[list[str], dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert call(monkeypatch, "psql", "--role", "dora") == 0
    ((arguments, environment),) = started
    assert arguments[1:] == ["--no-psqlrc", "postgresql://dwh_owner@db.example:5432/dwh"]
    assert (environment["PGPASSWORD"], environment["PGOPTIONS"]) == (
        "x",
        "-c role=dora -c default_transaction_read_only=on",
    )
