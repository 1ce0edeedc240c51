"""docs/data-model.md names every mart, and none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def test_every_mart_has_a_row_in_the_data_model() -> None:
    text = (PROJECT / "docs" / "data-model.md").read_text()
    first_cells = re.findall(r"^\| (`mart_[^|]+)\|", text, flags=re.MULTILINE)
    named = [name for cell in first_cells for name in re.findall(r"`(mart_\w+)`", cell)]
    assert sorted(named) == sorted(path.stem for path in (PROJECT / "dbt_project/models/marts").rglob("*.sql"))
