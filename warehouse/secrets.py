"""Passwords: taken from the environment, or generated once and kept in a private file of the state folder."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from pathlib import Path

from warehouse.settings import get_settings


def secret(name: str) -> str:
    """Return the secret called name.

    The environment variable of the same name, in upper case, wins; otherwise the value is generated at first use
    and kept in ``secrets.json`` (mode 0600) in the state folder.
    """
    return _from_environment(name) or _stored(get_settings().state_dir / "secrets.json", name)


def is_given(name: str) -> bool:
    """Tell whether the secret called name comes from the environment."""
    return _from_environment(name) is not None


def _from_environment(name: str) -> str | None:
    return os.environ.get(name.upper()) or None


def _stored(path: Path, name: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        content = handle.read()
        known: dict[str, str] = json.loads(content) if content else {}
        if name not in known:
            known[name] = secrets.token_urlsafe(24)
            handle.seek(0)
            handle.truncate()
            json.dump(known, handle, indent=1)
            handle.flush()
            os.fsync(handle.fileno())
        return known[name]
