"""Goods that customers bring or send back."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Rows, joined, where
from samples.synth.baskets import CLOSES, NOBODY, OPENS
from samples.synth.brushing import INSTANT_RETURN
from samples.synth.journal import OUTSIDE, RETURN
from samples.synth.plan import Stream
from samples.synth.world import World

REASONS = ("size", "defect", "not as described", "changed mind", "late")
STORE_RATE, WEB_RATE = 0.015, 0.07
_LATEST_DAYS = 14
_RESTOCKED_SHARE = 0.8
_INSTANT_SECONDS = 1_800


def plan_returns(world: World, day: int, lines: Rows) -> None:
    """Draw which lines of a day come back, and when; goods of instant returns come back within the hour."""
    rng = world.plan.random(Stream.RETURNS, day)
    is_web = world.network.place[lines["pair"]] == world.network.web
    rate = np.where(is_web, WEB_RATE, STORE_RATE)
    is_instant = lines["fake"] == INSTANT_RETURN
    comes = (rng.random(len(rate)) < rate) & (lines["fake"] == NOBODY) | is_instant
    back = where(lines, comes)
    count, is_instant = len(back["line"]), is_instant[comes]
    later = np.where(is_instant, 0, rng.integers(1, _LATEST_DAYS + 1, count))
    soon = back["second"] + rng.integers(120, _INSTANT_SECONDS, count)
    back["sold_day"] = np.full(count, day)
    back["day"] = day + later
    back["second"] = np.where(is_instant, soon, rng.integers(OPENS, CLOSES, count))
    back["reason"] = rng.integers(0, len(REASONS), count)
    back["restocked"] = (rng.random(count) < _RESTOCKED_SHARE) | is_instant
    for number in np.unique(back["day"]).tolist():
        if number < world.plan.days:
            world.returns.setdefault(number, []).append(where(back, back["day"] == number))


def take_back(world: World, day: int) -> Rows | None:
    """Put what comes back today into stock, where it can be sold again.

    Returns:
        The lines that came back, or None.
    """
    parts = world.returns.pop(day, None)
    if parts is None:
        return None
    rows = joined(parts)
    kept = np.flatnonzero(rows["restocked"])
    pair, quantity = rows["pair"][kept], rows["quantity"][kept]
    np.add.at(world.stock, pair, quantity)
    world.journal.book(day, RETURN, world.network.sku[pair], OUTSIDE, world.network.place[pair], quantity)
    return rows
