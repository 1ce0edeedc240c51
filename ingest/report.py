"""What a load or a check did, file by file and in sum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ingest.entries import LedgerEntry


@dataclass(frozen=True)
class EntityCounts:
    """Sums over the files of one entity.

    Attributes:
        files_loaded: Files read and loaded.
        files_skipped: Files known from an earlier load.
        files_refused: Files refused whole.
        rows_read: Rows of data in loaded files.
        rows_loaded: Rows that keep the contract.
        rows_quarantined: Rows that do not.
        seconds: Time spent.
    """

    files_loaded: int = 0
    files_skipped: int = 0
    files_refused: int = 0
    rows_read: int = 0
    rows_loaded: int = 0
    rows_quarantined: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class LoadReport:
    """Result of a load.

    Attributes:
        batch_id: Batch loaded into, None for a check.
        entities: Sums by entity.
        refused: File, entity and message of every refused file.
    """

    batch_id: int | None
    entities: dict[str, EntityCounts]
    refused: list[tuple[str, str, str]]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "batch_id": self.batch_id,
            "entities": {name: asdict(counts) for name, counts in self.entities.items()},
            "refused": [list(item) for item in self.refused],
        }


def summarize(batch_id: int | None, entries: Iterable[LedgerEntry]) -> LoadReport:
    """Return the sums over ledger entries."""
    entities: dict[str, EntityCounts] = {}
    refused: list[tuple[str, str, str]] = []
    for entry in entries:
        counts = entities.get(entry.entity, EntityCounts())
        entities[entry.entity] = replace(
            counts,
            files_loaded=counts.files_loaded + (entry.status == "loaded"),
            files_skipped=counts.files_skipped + (entry.status == "skipped"),
            files_refused=counts.files_refused + (entry.status == "refused"),
            rows_read=counts.rows_read + (entry.rows_read or 0),
            rows_loaded=counts.rows_loaded + (entry.rows_loaded or 0),
            rows_quarantined=counts.rows_quarantined + (entry.rows_quarantined or 0),
            seconds=round(counts.seconds + entry.seconds, 3),
        )
        if entry.status == "refused":
            refused.append((entry.source_file, entry.entity, entry.message or ""))
    return LoadReport(batch_id, entities, refused)
