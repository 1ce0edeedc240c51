"""The figures of product health as they are written, from a backtest by hand."""

from __future__ import annotations

import pandas as pd

from benchmarks.product_health.companies import Measured
from benchmarks.product_health.page import OUTCOMES, figures
from ml.product_health.indicators import NAMES
from ml.product_health.model import CANDIDATES


def test_index_stands_beside_the_best_indicator_of_each_outcome() -> None:
    lines = [
        {"method_name": name, "cutoff_date": cutoff, "row_count": 1_000, "is_champion": name == "straight"}
        | dict.fromkeys(OUTCOMES, 0.1)
        for name in (*CANDIDATES, *NAMES)
        for cutoff in ("2024-01-07", "2024-02-04")
    ]
    table = pd.DataFrame(lines).set_index("method_name")
    table.loc["straight", "target_correlation"] = [0.5, 0.7]
    table.loc["gmroi", "target_correlation"] = 0.4
    # Turned round it would be the best.
    table.loc["age", "margin_correlation"] = -0.3
    text = figures(Measured("synth", table.reset_index(), dict.fromkeys(NAMES, 1 / 12)))
    assert text.startswith("**synth** (2,000 products at 2 cut-offs), rank correlation of `straight` with what came")
    assert "both 0.600 (best alone: gmroi, 0.400); sell-through 0.100" in text
    assert "margin in money 0.100 (best alone: age, -0.300)" in text
    assert "| straight | 0.600 | 0.100 | 0.100 | 0.100 |  |" in text.splitlines()
    assert "| gmroi | 0.400 | 0.100 | 0.100 | 0.100 | 0.083 |" in text.splitlines()
