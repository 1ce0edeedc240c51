"""Fake orders of the web shop: bought to make an item look popular."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Rows, joined
from samples.synth.baskets import CLOSES, DAY_STEP, OPENS, PLACE_STEP, day_number
from samples.synth.plan import Stream
from samples.synth.world import World

KINDS = ("burst", "shared_device", "price_anomaly", "instant_return")
BURST, SHARED_DEVICE, PRICE_ANOMALY, INSTANT_RETURN = range(len(KINDS))
_LINES_PER_CAMPAIGN = 1_000
_FEWEST_PER_DAY = 1 / 14
_BURST_SECONDS = 600
_ANOMALOUS_PERCENT = (5, 20)
_FEWEST_ORDERS, _MOST_ORDERS = 4, 20


def _campaign(world: World, rng: np.random.Generator, day: int, basket: int) -> Rows | None:
    """Draw the orders of one campaign for one item, as many as are in stock."""
    network, customers = world.network, world.customers
    listed = np.flatnonzero((network.place == network.web) & (world.stock >= _FEWEST_ORDERS))
    kind = int(rng.integers(0, len(KINDS)))
    wanted = int(rng.integers(_FEWEST_ORDERS, _MOST_ORDERS + 1))
    if not len(listed):
        return None
    pair = int(rng.choice(listed))
    count = min(wanted, int(world.stock[pair]))
    customer = rng.choice(customers.newest(), count)
    device = customers.device[customer]
    second = np.sort(rng.integers(OPENS, CLOSES, count))
    percent = np.full(count, 100)
    if kind == BURST:
        second = int(rng.integers(OPENS, CLOSES - _BURST_SECONDS)) + np.sort(rng.integers(0, _BURST_SECONDS, count))
    elif kind == SHARED_DEVICE:
        device = np.full(count, device[0])
    elif kind == PRICE_ANOMALY:
        percent = rng.integers(*_ANOMALOUS_PERCENT, count)
    world.stock[pair] -= count
    world.faked[pair] += count
    number = basket + np.arange(count)
    return {
        "transaction": day_number(world, day) * DAY_STEP + network.web * PLACE_STEP + number,
        "line": np.ones(count, np.int64),
        "second": second,
        "pair": np.full(count, pair),
        "quantity": np.ones(count, np.int64),
        "percent": percent,
        "customer": customer,
        "device": device,
        "fake": np.full(count, kind),
    }


def fake_lines(world: World, day: int, lines: Rows) -> Rows | None:
    """Draw the fake orders of a day, and take their goods out of stock.

    Args:
        world: The company; what real customers bought has left the stock.
        day: Day number.
        lines: Real lines of the day; those of the web shop decide how many campaigns there are.

    Returns:
        Rows like those of sale_lines, or None.
    """
    rng = world.plan.random(Stream.FAKES, day)
    found: list[Rows] = []
    taken = lines["transaction"][world.network.place[lines["pair"]] == world.network.web] % PLACE_STEP
    basket = int(taken.max(initial=0)) + 1
    for _ in range(int(rng.poisson(max(_FEWEST_PER_DAY, len(taken) / _LINES_PER_CAMPAIGN)))):
        rows = _campaign(world, rng, day, basket)
        if rows is not None:
            found.append(rows)
            basket += len(rows["line"])
    return joined(found) if found else None
