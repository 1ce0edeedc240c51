"""What a person is told of a frame that is taken all the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ml.demand_forecast import frame, panel

WEEKS = pd.date_range("2024-01-01", periods=6, freq="W-MON")


def written(path: Path) -> Path:
    late = pd.DataFrame({"unique_id": 7, "ds": WEEKS[:4], "y": 5.0, "s_predecessor": 3})
    whole = pd.DataFrame({"unique_id": 3, "ds": WEEKS, "y": 5.0, "s_predecessor": None})
    other = pd.DataFrame({"unique_id": 9, "ds": WEEKS, "y": 5.0, "s_predecessor": 12})
    pd.concat([late, whole, other]).to_csv(path, index=False)
    return path


def test_predecessors_by_number_are_found_in_csv(tmp_path: Path) -> None:
    grid = panel.build(frame.read(written(tmp_path / "in.csv")))
    assert dict(zip(grid.ids, grid.predecessors, strict=True)) == {"3": "", "7": "3", "9": "12"}


def test_unknown_predecessors_and_early_ends_are_told(tmp_path: Path) -> None:
    rows = frame.read(written(tmp_path / "in.csv"))
    unknown, early = frame.oddities(rows, panel.build(rows))
    assert "1 of s_predecessor, such as '12', are no series" in unknown
    assert "1 series have no y" in early
    assert "7 after 2024-01-22: what follows counts as 0" in early


def test_an_ordinary_frame_is_not_remarked_upon(tmp_path: Path) -> None:
    rows = frame.read(written(tmp_path / "in.csv"))
    ordinary = rows[rows["unique_id"] == "3"]
    assert frame.oddities(ordinary, panel.build(ordinary)) == []
