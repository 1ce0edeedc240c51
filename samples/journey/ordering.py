"""Reviews of the replay: what the DCs order at the close of a day, and when it will arrive."""

from __future__ import annotations

import numpy as np

from samples.journey.arrays import Floats, Ints
from samples.journey.orders import place_orders
from samples.journey.policy import choose_terms, dc_levels, due_pairs, round_quantity
from samples.journey.world import World, product

SOON_EXPIRED_DAYS = 1


def _expect(
    world: World, lines: dict[str, Ints | Floats], pair: Ints, sent: Ints, arrival: Ints, arrived: Ints
) -> None:
    """Plan the delivery of the lines with units to arrive."""
    comes = np.nonzero(arrived)[0]
    np.add.at(world.in_transit_change, (sent[comes], pair[comes]), arrived[comes])
    np.add.at(world.in_transit_change, (arrival[comes], pair[comes]), -arrived[comes])
    for day in np.unique(arrival[comes]).tolist():
        now = comes[arrival[comes] == day]
        world.deliveries.setdefault(day, []).append({name: column[now] for name, column in lines.items()})


def _schedule(world: World, lines: dict[str, Ints]) -> None:
    """Plan what becomes of new lines: deliveries, units under way, units on order."""
    numbers = world.line_count + np.arange(len(lines["pair"]))
    world.line_count += len(numbers)
    pair, kept = lines["pair"], lines["cancelled"] < 0
    freight = world.suppliers.freight_rate[world.terms.supplier[lines["term"]]]
    first, second = (np.where(kept, lines[name], 0) for name in ("first", "second"))
    world.open_units[pair] += lines["ordered"]
    closing = np.where(kept, lines["arrival"], lines["cancelled"])
    np.add.at(world.on_order_change, (closing, pair), second - lines["ordered"])
    np.add.at(world.on_order_change, (lines["second_arrival"], pair), -second)
    common: dict[str, Ints | Floats] = {
        "line": numbers,
        "pair": pair,
        "landed": np.round(world.orders.prices[-1] * (1 + freight), 4),
    }
    one = common | {"arrived": first, "rejected": lines["first_rejected"]}
    _expect(world, one, pair, lines["shipped"], lines["arrival"], first)
    two = common | {"arrived": second, "rejected": lines["second_rejected"]}
    _expect(world, two, pair, lines["second_arrival"] - 1, lines["second_arrival"], second)


def review(world: World, day: int) -> None:
    """Order at the close of the day what the reviewed DC pairs and the promotional buys need."""
    plan = world.assortment
    wanted = np.zeros(plan.dc_pair_count, dtype=np.int64)
    rows = due_pairs(world.policy, day)
    usable = np.where(world.stock.expiry > day + SOON_EXPIRED_DAYS, world.stock.quantity, 0).sum(axis=1)
    position = np.bincount(plan.parent, usable, plan.dc_pair_count).astype(np.int64) + world.open_units
    wanted[rows] = np.maximum(dc_levels(world.policy, rows, day) - position[rows], 0)
    today = world.overbuys.day == day
    planted = world.overbuys.pair[today]
    wanted[planted] = np.maximum(wanted[planted], world.overbuys.quantity[today])
    pair = np.nonzero(wanted)[0]
    if not len(pair):
        return
    term = choose_terms(world.terms, product(world, pair), day, world.seed)
    quantity = round_quantity(wanted[pair], world.terms.minimum[term], world.terms.multiple[term])
    lines = place_orders(world.orders, day, pair, quantity, term, world.terms, world.suppliers, world.seed)
    _schedule(world, lines)
