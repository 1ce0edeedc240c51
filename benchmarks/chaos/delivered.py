"""A spoiled file, and putting one into a folder whose files are shared with other companies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spoiled:
    """A spoiled file and what must become of it.

    Attributes:
        entity: Entity of its rows.
        name: Its name in the ledger.
        status: ``loaded``, ``skipped``, ``refused`` or ``ignored``.
        message: Regular expression of what the ledger says.
        texts: Names of products that must be in raw as they were delivered.
    """

    entity: str
    name: str
    status: str
    message: str = ""
    texts: tuple[str, ...] = ()


def put(path: Path, content: bytes) -> None:
    """Write a file in place of one that other companies share."""
    path.unlink(missing_ok=True)
    path.write_bytes(content)
