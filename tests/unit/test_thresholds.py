"""Thresholds as numbers."""

from __future__ import annotations

import pytest

from warehouse import thresholds
from warehouse.policy import parse


def test_threshold_that_is_missing_or_no_number_says_where_to_set_it() -> None:
    assert thresholds.number({"forecast.horizon_weeks": "13"}, "forecast.horizon_weeks") == 13
    with pytest.raises(ValueError, match=r"no forecast.season_weeks: load the company first"):
        thresholds.number({}, "forecast.season_weeks")
    with pytest.raises(ValueError, match=r"'many'.*policy\.yml"):
        thresholds.number({"a.b": "many"}, "a.b")


@pytest.mark.parametrize("stated", [True, False])
def test_flags_are_read_as_policy_states_them(stated: bool) -> None:
    values = parse({"forecast": {"stockouts_lose_sales": stated}}).texts()
    assert thresholds.flag(values, "forecast.stockouts_lose_sales") is stated


@pytest.mark.parametrize(
    ("values", "message"), [({}, "has no forecast.x: load the company first"), ({"forecast.x": "yes"}, "true or false")]
)
def test_what_is_no_flag_is_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        thresholds.flag(values, "forecast.x")
