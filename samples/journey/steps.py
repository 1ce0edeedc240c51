"""Steps of a day at each place of the replay: scrap, receive, sell, count."""

from __future__ import annotations

import numpy as np

from samples.journey import journal as log
from samples.journey.arrays import Ints
from samples.journey.journal import book
from samples.journey.lots import NEVER, NO_LOT, Parts, draw, put, take_expired
from samples.journey.world import RECEIPT_COLUMNS, World, place, product

COUNT_STREAM = 41
RECEIPT_STREAM = 42
COUNT_RATE = 0.0015
COUNT_UP_RATE = 0.35


def _leave(world: World, day: int, kind: int, rows: Ints, parts: Parts) -> None:
    """Book parts that leave the company's stock."""
    row = rows[parts.item]
    book(world.journal, day, kind, parts, product(world, row), place(world, row), None, world.stock.cost[row])


def scrap_expired(world: World, day: int) -> None:
    """Scrap the lots whose expiry day has come."""
    rows, parts = take_expired(world.stock, day)
    _leave(world, day, log.SCRAP, rows, parts)


def _expiry(world: World, day: int, pair: Ints) -> Ints:
    """Draw when goods received today expire: 85 to 100 % of the shelf life is left."""
    rng = np.random.default_rng([world.seed, RECEIPT_STREAM, day])
    left = (world.policy.shelf_days[pair] * rng.uniform(0.85, 1.0, len(pair))).astype(np.int64)
    return np.where(world.policy.never_expires[pair], NEVER, day + np.maximum(left, 2))


def receive(world: World, day: int) -> None:
    """Put what arrives today into stock, each receipt as a lot of its own; rejected units never enter."""
    arriving = world.deliveries.pop(day, [])
    if not arriving:
        return
    columns = {name: np.concatenate([part[name] for part in arriving]) for name in arriving[0]}
    order = np.argsort(columns["line"], kind="stable")
    line, pair, arrived, rejected = (columns[name][order] for name in ("line", "pair", "arrived", "rejected"))
    landed = columns["landed"][order]
    number = world.receipt_count + 1 + np.arange(len(line))
    world.receipt_count += len(line)
    accepted = arrived - rejected
    lot = np.where(accepted > 0, number, NO_LOT)
    today, expiry = np.full(len(line), day), _expiry(world, day, pair)
    for name, column in zip(RECEIPT_COLUMNS, (today, line, arrived, rejected, lot, expiry), strict=True):
        world.receipts[name].append(column)
    world.landed.append(landed)
    kept = np.nonzero(accepted)[0]
    parts = Parts(kept, accepted[kept], expiry[kept], today[kept], lot[kept])
    put(world.stock, pair[kept], parts, landed[kept])
    what, where = product(world, pair[kept]), place(world, pair[kept])
    book(world.journal, day, log.RECEIPT, parts, what, None, where, landed[kept], number[kept])


def sell(world: World, day: int) -> None:
    """Take the real sales of the day out of stock."""
    demand = world.assortment.demand[day]
    rows = np.nonzero(demand)[0]
    _leave(world, day, log.SALE, rows, draw(world.stock, rows, demand[rows]))


def count_stock(world: World, day: int) -> None:
    """Count a few pairs and correct them by one unit."""
    rng = np.random.default_rng([world.seed, COUNT_STREAM, day])
    stock = world.stock
    counted = (rng.random(len(stock.cost)) < COUNT_RATE) & (stock.on_hand() > 1)
    is_up = rng.random(len(stock.cost)) < COUNT_UP_RATE
    lost = np.nonzero(counted & ~is_up)[0]
    _leave(world, day, log.COUNT_DOWN, lost, draw(stock, lost, np.ones_like(lost)))
    rows = np.nonzero(counted & is_up)[0]
    slot = (stock.quantity[rows] > 0).argmax(axis=1)
    stock.quantity[rows, slot] += 1
    parts = Parts(rows, np.ones_like(rows), stock.expiry[rows, slot], stock.received[rows, slot], stock.lot[rows, slot])
    book(world.journal, day, log.COUNT_UP, parts, product(world, rows), None, place(world, rows), stock.cost[rows])
