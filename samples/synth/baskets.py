"""Receipts of a day: what was sold, split into lines and put into baskets of customers."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Ints, Rows
from samples.synth.plan import Stream
from samples.synth.world import World

# Transaction numbers read YYYYMMDD, place (4 digits), basket (6 digits).
PLACE_STEP = 1_000_000
DAY_STEP = 10_000 * PLACE_STEP
NOBODY = -1
# Seconds of the day in UTC: within the trading day in Berlin, in summer and winter.
OPENS, CLOSES = 7 * 3600, 19 * 3600
_LINES_PER_BASKET = 3.2
_LINES_PER_WEB_ORDER = 1.8
_CARD_SHARE = 0.6
_SPLIT_CHANCE = 0.75


def day_number(world: World, day: int) -> int:
    """Return the date as a number, YYYYMMDD."""
    return int(f"{world.plan.day_date(day):%Y%m%d}")


def _split(rng: np.random.Generator, pair: Ints, sold: Ints) -> tuple[Ints, Ints]:
    """Split the units of each pair into lines, as different people bought them."""
    lines = 1 + rng.binomial(sold - 1, _SPLIT_CHANCE)
    of = np.repeat(np.arange(len(pair)), lines)
    number = np.arange(len(of)) - np.repeat(np.cumsum(lines) - lines, lines)
    return pair[of], sold[of] // lines[of] + (number < sold[of] % lines[of])


def _customers(world: World, rng: np.random.Generator, place: Ints) -> Ints:
    """Draw who buys in each basket: card holders of a store's own, anybody in the web shop."""
    customers, web = world.customers, world.network.web
    store = np.maximum(place - web - 1, 0)
    card = store * customers.per_store + rng.integers(0, customers.per_store, len(place))
    holder = np.where(rng.random(len(place)) < _CARD_SHARE, card, NOBODY)
    return np.where(place == web, rng.integers(0, len(customers.store), len(place)), holder)


def sale_lines(world: World, day: int, sold: Ints) -> Rows:
    """Turn the units sold of each pair into lines.

    Returns:
        Columns transaction, line, second (of the day, UTC), pair, quantity, percent (of the shelf price that is paid),
        customer, device, fake (kind of a fake order, else -1); sorted by transaction.
    """
    rng = world.plan.random(Stream.BASKETS, day)
    kept = np.flatnonzero(sold)
    pair, quantity = _split(rng, kept, sold[kept])
    place, web = world.network.place[pair], world.network.web
    size = np.where(np.arange(world.plan.places) == web, _LINES_PER_WEB_ORDER, _LINES_PER_BASKET)
    baskets = np.ceil(np.bincount(place, minlength=world.plan.places) / size).astype(np.int64)
    number = (rng.random(len(pair)) * baskets[place]).astype(np.int64)
    first = np.cumsum(baskets) - baskets
    basket = first[place] + number
    order = np.argsort(basket, kind="stable")
    pair, quantity, place, number, basket = (part[order] for part in (pair, quantity, place, number, basket))
    second = rng.integers(OPENS, CLOSES, int(baskets.sum()))
    customer = _customers(world, rng, np.repeat(np.arange(world.plan.places), baskets))[basket]
    device = np.where(place == web, world.customers.device[customer], NOBODY)
    return {
        "transaction": day_number(world, day) * DAY_STEP + place * PLACE_STEP + number + 1,
        "line": np.arange(len(pair)) - np.searchsorted(basket, basket) + 1,
        "second": second[basket],
        "pair": pair,
        "quantity": quantity,
        "percent": np.full(len(pair), 100),
        "customer": customer,
        "device": device,
        "fake": np.full(len(pair), NOBODY),
    }
