"""Thresholds as numbers."""

from __future__ import annotations

import pytest

from warehouse import thresholds


def test_threshold_that_is_missing_or_no_number_says_where_to_set_it() -> None:
    assert thresholds.number({"forecast.horizon_weeks": "13"}, "forecast.horizon_weeks") == 13
    with pytest.raises(ValueError, match=r"no forecast.season_weeks: load the company first"):
        thresholds.number({}, "forecast.season_weeks")
    with pytest.raises(ValueError, match=r"'many'.*policy\.yml"):
        thresholds.number({"a.b": "many"}, "a.b")
