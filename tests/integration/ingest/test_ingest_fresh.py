"""Files that have landed since they were last tried, also while somebody worked on them."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from ingest import fresh
from ingest.fresh import Fresh, fresh_files

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Shop

pytestmark = pytest.mark.integration

DAY = date(2024, 3, 1)
NAME = "2024-03-01.csv"
SPRING, SUMMER = "c1,Spring,2024-01-01,2024-02-01", "c1,Summer,2024-01-01,2024-02-01"
LANDED = Fresh(DAY, {"crm": frozenset({NAME})})


@pytest.fixture
def dated(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A shop whose files count as soon as they are written."""
    monkeypatch.setattr(fresh, "SETTLED", timedelta(0))
    shop.configure({"entity": "campaigns", "files": "*.csv", "file_date": r"(\d{4}-\d{2}-\d{2})"})
    return shop


def age(path: Path, seconds: int) -> None:
    """Let a file have been written so long before it was."""
    written = path.stat().st_mtime - seconds
    os.utime(path, (written, written))


def test_file_is_fresh_until_it_is_loaded_and_when_it_is_rewritten(dated: Shop) -> None:
    dated.put(NAME, SPRING)
    assert fresh_files(dated.company_id, DAY) == LANDED
    dated.load(DAY)
    assert fresh_files(dated.company_id, DAY) is None
    dated.put(NAME, SUMMER)
    assert fresh_files(dated.company_id, DAY) == LANDED


def test_known_file_that_is_rewritten_before_it_is_recorded_is_fresh(dated: Shop) -> None:
    dated.put(NAME, SPRING)
    dated.load(DAY)
    dated.load(DAY, progress=lambda _: dated.put(NAME, SUMMER))
    assert [entry[1] for entry in dated.ledger()] == ["loaded", "skipped"]
    assert fresh_files(dated.company_id, DAY) == LANDED


@pytest.mark.parametrize(("seconds", "expected"), [(20, None), (40, LANDED)], ids=["before", "meanwhile"])
def test_refused_file_is_fresh_if_it_was_rewritten_since_work_on_it_began(
    dated: Shop, seconds: int, expected: Fresh | None
) -> None:
    age(dated.put(NAME, header="no such column\n"), 30)
    dated.load(DAY)
    assert [entry[1] for entry in dated.ledger()] == ["refused"]
    dated.connection.execute(
        "update ops.load_ledger set seconds = %s where company_id = %s", [seconds, dated.company_id]
    )
    assert fresh_files(dated.company_id, DAY) == expected
