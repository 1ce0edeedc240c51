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
    """All sell 70 and 90 in turn: none sells more or less than what it follows."""
    chain = [rows("x1", 0, 30, 80.0), rows("x2", 26, 50, 80.0, "x1"), rows("x3", 46, 60, 80.0, "x2")]
    frame = market(*(part.assign(y=[70.0, 90.0] * (len(part) // 2)) for part in chain))
    grid = panel.build(frame)
    found = chains.follow(grid)
    row = {name: number for number, name in enumerate(grid.ids)}
    own = {name: grid.filled[number] for name, number in row.items()}
    expected = np.concatenate([own["x1"][:26], own["x2"][26:46], own["x3"][46:]])
    np.testing.assert_array_equal(found.filled[row["x3"]], expected)
    np.testing.assert_array_equal(found.demand[row["x3"]], expected)
    # It is learnt from where it was sold.
    assert np.isnan(found.target[row["x3"]]).sum() == 46
    for name in ("x1", "p00"):
        np.testing.assert_array_equal(found.filled[row[name]], own[name])


def test_the_past_is_scaled_to_what_a_successor_shows() -> None:
    """Four weeks of 3 after 200 a week, which count for two weeks: (12 + 400) / (6 * 200)."""
    old, new = rows("old", 0, 56, 1.0).assign(y=200.0), rows("new", 56, 60, 1.0, "old").assign(y=3.0)
    grid = panel.build(market(old, new))
    found = chains.follow(grid)
    row = grid.ids.tolist().index("new")
    np.testing.assert_allclose(found.filled[row, :56], 200 * 412 / 1200)
    np.testing.assert_array_equal(found.filled[row, 56:], 3)
    # What it follows had faded out before: its past is at most doubled.
    faded = old.assign(y=2.0)
    found = chains.follow(panel.build(market(faded, new.assign(y=90.0))))
    np.testing.assert_allclose(found.filled[row, :56], 4)


def test_a_successor_is_bound_by_what_it_sold_itself() -> None:
    """From its fourth week on, five times its own most; before that, of what it follows."""
    old = rows("old", 0, 60, 1.0).assign(y=5000.0)
    forecasts = {}
    for weeks in (2, 4):
        new = rows("new", 60 - weeks, 60, 1.0, "old").assign(y=3.0)
        grid = panel.build(market(old, new))
        found = engine.forecast(engine.learn(grid, Setting(4, 52)), grid)
        forecasts[weeks] = found.quantiles[grid.ids.tolist().index("new")]
    assert forecasts[4].max() <= 15
    assert forecasts[2].max() > 15


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
