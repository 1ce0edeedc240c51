"""What an error of the warehouse means: not set up, not reachable, or of an earlier version."""

from __future__ import annotations

from urllib.parse import urlsplit

import psycopg

from warehouse.settings import get_settings

SET_UP = "run `make run`, or `python -m ingest init`"
SET_UP_AGAIN = "run `make run`, or `python -m warehouse init` and then `python -m ingest init`"
# What the server says to a login, a database, a table or a column that nobody has created.
_MISSING = (
    psycopg.errors.InsufficientPrivilege,
    psycopg.errors.InvalidSchemaName,
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedTable,
)
_NO_LOGIN = ("password authentication failed", "does not exist", "no password supplied")


def explained(error: psycopg.Error) -> str:
    """Return in one line what an error of the warehouse means and what to do."""
    reason = " ".join(str(error).split())
    url = get_settings().warehouse_url
    remedy = SET_UP if url is None else SET_UP_AGAIN
    if isinstance(error, _MISSING):
        # What somebody dropped by hand comes back by `warehouse init` alone: a warehouse that is set up is left alone.
        return f"the warehouse lacks what this version needs: {SET_UP_AGAIN} ({reason})"
    if any(text in reason for text in _NO_LOGIN):
        return f"the warehouse is not set up, or has other passwords than this state folder: {remedy} ({reason})"
    if isinstance(error, psycopg.errors.DiskFull):
        return f"the disk of the warehouse is full: make room, then run the command again ({reason})"
    if not isinstance(error, psycopg.OperationalError):
        return f"the warehouse answers: {reason}"
    if url is None:
        return f"the warehouse cannot be reached, or went away: run the command again ({reason})"
    return f"the warehouse at {_address(url)} cannot be reached: start it, or correct WAREHOUSE_URL ({reason})"


def _address(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 5432}"
