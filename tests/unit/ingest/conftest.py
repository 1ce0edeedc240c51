"""A workspace without a warehouse, and files to screen in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ingest import attempts, mapping, readers, screening
from ingest.feeds import Feed
from ingest.mapping import FeedMapping
from ingest.readers import Extract
from ingest.workspace import Workspace, open_workspace


@dataclass(frozen=True)
class Screened:
    """All that became of a file."""

    rows: list[dict[str, Any]]
    quarantine: list[dict[str, Any]]
    tally: screening.Tally
    unknown: tuple[str, ...]
    absent: tuple[str, ...]

    def broken(self) -> list[tuple[int, str | None, str]]:
        """Row number, column and rule of every quarantine row."""
        return [(row["row_number"], row["column_name"], row["rule"]) for row in self.quarantine]


@pytest.fixture
def workspace(state_dir: Path) -> Iterator[Workspace]:
    with open_workspace() as opened:
        yield opened


@pytest.fixture
def read(workspace: Workspace, tmp_path: Path) -> Callable[..., Screened]:
    """Write a file and screen it: read(content, feed as in sources.yml, name)."""

    def run(content: bytes | str, feed: dict[str, Any], name: str = "extract.csv", **lookups: str) -> Screened:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        mapped = mapping.map_feed(Feed.model_validate({"files": name, **feed}))
        for alias, query in lookups.items():
            workspace.duck.execute(f"create or replace temp table {alias} as {query}")
        extract = readers.open_file(workspace, path, name, mapped.feed)
        return attempts.read_with_care(workspace, mapped, lambda m: _screened(workspace, m, extract, name))

    return run


def _screened(workspace: Workspace, mapped: FeedMapping, extract: Extract, name: str) -> Screened:
    try:
        screened = screening.screen(workspace, mapped, extract, name, None, hopeful=True)
        rows = [row for batch in screening.good_batches(screened) for row in batch.to_pylist()]
    except screening.SecondLookNeededError:
        screened = screening.screen(workspace, mapped, extract, name, None)
        rows = [row for batch in screening.good_batches(screened) for row in batch.to_pylist()]
    quarantine = [row for batch in screening.quarantine_batches(screened) for row in batch.to_pylist()]
    selection = screened.selection
    return Screened(rows, quarantine, screened.tally, selection.unknown_columns, selection.absent_columns)
