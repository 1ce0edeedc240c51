"""Successors go on from what they follow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ml.demand_forecast import chains, engine, panel
from ml.demand_forecast.engine import Setting

WEEKS = pd.date_range("2022-01-03", periods=60, freq="W-MON")


def rows(name: str, start: int, end: int, level: float, predecessor: str = "") -> pd.DataFrame:
    sold = np.random.default_rng(len(name) + int(level)).poisson(level, end - start).astype(float)
    return pd.DataFrame(
        {"unique_id": name, "ds": WEEKS[start:end], "y": sold, "s_kind": "any", "s_predecessor": predecessor}
    )


def market(*more: pd.DataFrame) -> pd.DataFrame:
    """Return forty products that sell two to forty a week, and others."""
    usual = [rows(f"p{number:02d}", 0, 60, 2.0 + number) for number in range(40)]
    return pd.concat([*usual, *more], ignore_index=True)


def test_the_past_of_a_chain_is_that_of_the_first() -> None:
    frame = market(rows("x1", 0, 30, 80.0), rows("x2", 25, 50, 80.0, "x1"), rows("x3", 45, 60, 80.0, "x2"))
    grid = panel.build(frame)
    found = chains.follow(grid)
    row = {name: number for number, name in enumerate(grid.ids)}
    own = {name: grid.filled[number] for name, number in row.items()}
    expected = np.concatenate([own["x1"][:25], own["x2"][25:45], own["x3"][45:]])
    np.testing.assert_array_equal(found.filled[row["x3"]], expected)
    np.testing.assert_array_equal(found.demand[row["x3"]], expected)
    # It is learnt from where it was sold.
    assert np.isnan(found.target[row["x3"]]).sum() == 45
    for name in ("x1", "p00"):
        np.testing.assert_array_equal(found.filled[row[name]], own[name])


def test_drivers_of_the_past_come_with_it() -> None:
    frame = pd.concat([rows("a", 0, 60, 9.0), rows("b", 50, 60, 9.0, "a")])
    frame["x_promoted"] = (frame["ds"].dt.day <= 7).astype(float)
    grid = panel.build(frame)
    np.testing.assert_array_equal(chains.follow(grid).known["x_promoted"][1], grid.known["x_promoted"][0])


def test_circles_and_unknown_series_change_nothing() -> None:
    frame = pd.concat(
        [rows("a", 0, 60, 9.0, "b"), rows("b", 0, 60, 5.0, "a"), rows("c", 9, 60, 5.0, "c"), rows("d", 9, 60, 5.0, "x")]
    )
    grid = panel.build(frame)
    np.testing.assert_array_equal(chains.follow(grid).filled, grid.filled)


def test_a_successor_starts_at_the_level_of_what_it_follows() -> None:
    """Eighty a week were sold of the old one, some twenty of all others: of one that comes next week nothing is known
    but what it follows.
    """
    old = rows("old", 0, 57, 80.0)
    alone, after = rows("new", 57, 60, 80.0), rows("new", 57, 60, 80.0, "old")
    following = pd.DataFrame({"unique_id": ["next"], "s_kind": ["any"], "s_predecessor": ["new"]})
    means = {}
    for name, new in (("alone", alone), ("after", after)):
        grid = panel.build(market(old, new)).extended(following.assign(s_predecessor="new" if name == "after" else ""))
        found = engine.forecast(engine.learn(grid, Setting(4, 52)), grid)
        means[name] = dict(zip(grid.ids, found.mean.mean(axis=1), strict=True))
    assert 65 < means["after"]["new"] < 95
    assert 65 < means["after"]["next"] < 95
    assert means["alone"]["next"] < 40


def test_backtests_know_nothing_of_series_that_had_not_begun() -> None:
    grid = panel.build(market(rows("old", 0, 57, 80.0), rows("new", 57, 60, 80.0, "old")))
    assert "new" not in grid.until(50).ids
    assert "new" in grid.until(58).ids
