"""Transfers of the replay: DCs supply stores, and help out where real sales exceed the recorded stock."""

from __future__ import annotations

import numpy as np

from samples.journey import journal as log
from samples.journey.arrays import Ints
from samples.journey.assortment import DCS
from samples.journey.journal import book
from samples.journey.lots import NEVER, NO_LOT, Parts, draw, put
from samples.journey.policy import store_levels, weekday
from samples.journey.world import World, place, product

STORE_LEAD_DAYS = 3


def share_out(parent: Ints, need: Ints, available: Ints) -> tuple[Ints, Ints]:
    """Grant needs in turn until the parent has nothing left.

    Args:
        parent: Parent of each need; needs of one parent lie together.
        need: Units needed.
        available: Units that each parent can give, indexed by parent.

    Returns:
        Units granted, and units granted to earlier needs of the same parent.
    """
    before = np.cumsum(need) - need
    first = np.searchsorted(parent, parent)
    earlier = before - before[first] if len(need) else before
    granted = np.clip(available[parent] - earlier, 0, need)
    return granted, np.minimum(earlier, available[parent])


def _move(world: World, day: int, kind: int, origin: Ints, target: Ints, amount: Ints, start: Ints) -> None:
    """Transfer units between pairs of the same product; lot and age travel with them."""
    moved = amount > 0
    origin, target, amount, start = origin[moved], target[moved], amount[moved], start[moved]
    parts = draw(world.stock, origin, amount, start)
    source, sink = origin[parts.item], target[parts.item]
    cost = world.stock.cost[source]
    put(world.stock, sink, parts, cost)
    book(world.journal, day, kind, parts, product(world, source), place(world, source), place(world, sink), cost)


def supply_stores(world: World, day: int) -> None:
    """Fill store pairs up to their target on their delivery days: three days a week, every other store."""
    plan, today = world.assortment, weekday(day)
    stores = np.arange(plan.dc_pair_count, len(plan.pair_place))
    what = product(world, stores)
    opens = (plan.launch_day[what] - STORE_LEAD_DAYS <= day) & (day < plan.end_day[what])
    rows = stores[opens & (place(world, stores) % 2 == today % 2) & (today < 6)]
    rows = rows[np.argsort(plan.parent[rows], kind="stable")]
    on_hand = world.stock.on_hand()
    need = np.maximum(store_levels(world.policy, rows, day - 1) - on_hand[rows], 0)
    granted, start = share_out(plan.parent[rows], need, on_hand)
    _move(world, day, log.TRANSFER, plan.parent[rows], rows, granted, start)


def _help_dcs(world: World, day: int, needed: Ints) -> None:
    """Bring to each DC what it lacks today from the DCs that have more than they need."""
    dc_pairs, count = world.assortment.dc_pair_count, world.assortment.product_count
    every = np.arange(dc_pairs)
    for step in range(1, len(DCS)):
        balance = world.stock.on_hand()[:dc_pairs] - needed
        donor = (every // count + step) % len(DCS) * count + every % count
        amount = np.minimum(np.maximum(-balance, 0), np.maximum(balance[donor], 0))
        _move(world, day, log.EMERGENCY, donor, every, amount, np.zeros_like(amount))


def _help_stores(world: World, day: int, short: Ints) -> None:
    """Bring to each store what it lacks today from its DC, as far as the DC does not need it for its own sales."""
    plan = world.assortment
    dc_pairs = plan.dc_pair_count
    rows = dc_pairs + np.nonzero(short[dc_pairs:])[0]
    rows = rows[np.argsort(plan.parent[rows], kind="stable")]
    spare = np.maximum(world.stock.on_hand()[:dc_pairs] - plan.demand[day, :dc_pairs], 0)
    granted, start = share_out(plan.parent[rows], short[rows], spare)
    _move(world, day, log.EMERGENCY, plan.parent[rows], rows, granted, start)


def cover_shortages(world: World, day: int) -> None:
    """Make today's real sales possible: goods from another DC, then from the store's DC, then goods not on record.

    Real sales happened, so the goods were there. What no recorded stock can explain is booked as found.
    """
    plan = world.assortment
    dc_pairs, demand = plan.dc_pair_count, plan.demand[day]
    short = np.maximum(demand - world.stock.on_hand(), 0)
    for_stores = np.bincount(plan.parent[dc_pairs:], short[dc_pairs:], dc_pairs).astype(np.int64)
    _help_dcs(world, day, demand[:dc_pairs] + for_stores)
    _help_stores(world, day, short)
    missing = np.maximum(demand - world.stock.on_hand(), 0)
    rows = np.nonzero(missing)[0]
    parts = Parts(rows, missing[rows], *(np.full(len(rows), value) for value in (NEVER, day, NO_LOT)))
    cost = world.stock.cost[rows]
    put(world.stock, rows, parts, cost)
    book(world.journal, day, log.FOUND, parts, product(world, rows), None, place(world, rows), cost)
