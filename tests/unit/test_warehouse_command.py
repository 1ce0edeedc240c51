"""The command line of the warehouse: what it passes on to dbt, and what it refuses to do to another server."""

from __future__ import annotations

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
