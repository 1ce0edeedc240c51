"""How the figures of the forecast benchmark get into its page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.forecast import measuring, page
from ml.demand_forecast.backtest import OURS

LOSSES = {"all": (0.30, 0.40, 0.25), "dense": (0.20, 0.30, 0.20)}


def row(demand_class: str, method: str, wql: float) -> dict[str, object]:
    figures = {"series": 1000, "wql": wql, "wape": 0.5, "bias": -0.01, "mase": 0.9}
    covered = {f"balanced_q{level}": level / 100 + (0.02 if level == 30 else 0.0) for level in range(10, 100, 10)}
    cost = {"seconds": 10.0, "series_per_second": 300.0, "peak_mib": 512.0}
    if method == measuring.TRUE:
        cost = dict.fromkeys(cost, float("nan"))
    return {"demand_class": demand_class, "method": method, "data": "drawn", **figures, **covered, **cost}


@pytest.fixture
def table() -> pd.DataFrame:
    methods = (OURS, "theta", measuring.TRUE)
    return pd.DataFrame(
        [row(name, method, wql) for name, losses in LOSSES.items() for method, wql in zip(methods, losses, strict=True)]
    )


def test_page_names_the_best_peer_and_the_gap_closed(table: pd.DataFrame) -> None:
    """.30 / .40 = .75; of the gap of .15 to the truth .10 is closed; dense: all of it."""
    lines = page.accuracy(table).splitlines()
    assert lines[0].startswith(
        "**drawn**: WQL 0.750 of the best peer's (theta), bias -1.0%, coverage with ties shared out farthest from its "
        "level by +0.020 at q30."
    )
    assert (
        "| all | theta | 1,000 | 0.4000 | 0.5000 | -0.010 | 0.900 | 0.100 | 0.500 | 0.900 | 10 | 300 | 512 |" in lines
    )
    assert "| all | 0.3000 | 0.4000 (theta) | 0.2500 | 0.750 | 67% |" in lines
    assert "| dense | 0.2000 | 0.3000 (theta) | 0.2000 | 0.667 | 100% |" in lines


def test_page_without_a_known_truth_tells_of_no_gap(table: pd.DataFrame) -> None:
    assert "gap" not in page.accuracy(table[table["method"] != measuring.TRUE])


def test_speed_is_told_beside_the_peer() -> None:
    cost = {"rows": 396_370, "seconds": 61.0, "peak_mib": 3000.0}
    found = page.speed(
        pd.DataFrame(
            [
                {"method": OURS, "series_per_second": 500.0, **cost},
                {"method": "lightgbm", "series_per_second": 1000.0, **cost},
            ]
        )
    )
    assert "0.50 times the series/s of mlforecast" in found
    assert f"| {OURS} | 396,370 | 61.0 | 500 | 3,000 |" in found


def test_only_the_part_between_the_marks_is_replaced(tmp_path: Path) -> None:
    text = "before\n<!-- figures: one -->\nold\n<!-- end: one -->\nafter\n"
    (tmp_path / "page.md").write_text(text)
    page.replace(tmp_path / "page.md", "one", "new\nlines")
    assert (tmp_path / "page.md").read_text() == text.replace("old", "new\nlines")
    with pytest.raises(ValueError, match="no marks for two"):
        page.replace(tmp_path / "page.md", "two", "new")


def test_every_data_set_has_its_place_on_the_page() -> None:
    text = (Path(__file__).parents[2] / "docs" / "forecast.md").read_text()
    for name in (*measuring.SETS, "speed"):
        assert f"<!-- figures: {name} -->" in text
        assert f"<!-- end: {name} -->" in text
