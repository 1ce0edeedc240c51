"""The warehouse as a command finds it: not there yet, not reachable, or of an earlier version."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import urlsplit

import psycopg

from warehouse import embedded
from warehouse.settings import SettingsError, get_settings

WITHOUT_WAREHOUSE = ("check", "dbt-sources")
SET_UP = "run `make run`, or `python -m ingest init`"
SET_UP_ELSEWHERE = "run `make run`, or `python -m warehouse init` and then `python -m ingest init`"
# What the server says to a login, a database, a table or a column that nobody has created.
_MISSING = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedTable,
)
_NO_LOGIN = ("password authentication failed", "does not exist", "no password supplied")


def warehouse_for(command: str) -> AbstractContextManager[Any]:
    """Return what keeps the embedded server running for a command that needs it.

    Raises:
        SettingsError: nothing was ever set up here, and the command would only find that out the long way.
    """
    if command in WITHOUT_WAREHOUSE or get_settings().warehouse_url is not None:
        return nullcontext()
    if command != "init" and not (embedded.server().data_dir / "PG_VERSION").exists():
        raise SettingsError(f"there is no warehouse in {get_settings().state_dir} yet: {SET_UP}")
    return embedded.running_server()


def explained(error: psycopg.Error) -> str:
    """Return in one line what an error of the warehouse means and what to do."""
    reason = " ".join(str(error).split())
    url = get_settings().warehouse_url
    remedy = SET_UP if url is None else SET_UP_ELSEWHERE
    if isinstance(error, _MISSING):
        return f"the warehouse lacks what this version needs: {remedy} ({reason})"
    if any(text in reason for text in _NO_LOGIN):
        return f"the warehouse is not set up, or has other passwords than this state folder: {remedy} ({reason})"
    if not isinstance(error, psycopg.OperationalError):
        return f"the warehouse answers: {reason}"
    if url is None:
        return f"the warehouse cannot be reached, or went away: run the command again ({reason})"
    return f"the warehouse at {_address(url)} cannot be reached: start it, or correct WAREHOUSE_URL ({reason})"


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 5432}"
