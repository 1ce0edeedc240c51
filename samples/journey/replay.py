"""The replayed ERP: opening stock and one pass over the days of the year."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from samples.journey import journal as log
from samples.journey.arrays import Flags, Floats, Ints
from samples.journey.assortment import Assortment
from samples.journey.journal import book, entries
from samples.journey.lots import NEVER, NO_LOT, Parts, empty_stock, lots_on_hand, put
from samples.journey.ordering import review
from samples.journey.orders import HORIZON, Columns, joined_orders
from samples.journey.overbuys import Overbuys
from samples.journey.policy import dc_levels, make_policy, store_levels, weekday
from samples.journey.steps import count_stock, receive, scrap_expired, sell
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms
from samples.journey.transfers import cover_shortages, supply_stores
from samples.journey.world import World, place, product

OPENING_STREAM = 43
SUNDAY = 6
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Replay:
    """What the ERP would have recorded.

    Attributes:
        days: Number of days replayed, D.
        movements: One array per column of the journal.
        orders: One array per column of the orders.
        lines: One array per column of the order lines, in order of their number.
        receipts: One array per column of the receipts; landed is the cost of a unit.
        on_hand: Closing stock, shape (D, N).
        on_order: Units ordered and not received, shape (D, 3P).
        in_transit: Units shipped and not received, shape (D, 3P).
        unit_cost: Moving average cost, shape (D, N).
        is_listed: Flag: the pair has a stock record on the day, shape (D, N).
        lots: Lots on hand at the close of each Sunday: day, pair, quantity, expiry, received, lot.
    """

    days: int
    movements: dict[str, Ints | Floats]
    orders: Columns
    lines: dict[str, Ints | Floats]
    receipts: dict[str, Ints | Floats]
    on_hand: Ints
    on_order: Ints
    in_transit: Ints
    unit_cost: Floats
    is_listed: Flags
    lots: Columns


def _open(world: World) -> None:
    """Book the opening stock: about one order-up-to level per pair, of a lot received in the weeks before."""
    plan, policy = world.assortment, world.policy
    rng = np.random.default_rng([world.seed, OPENING_STREAM])
    count, dc_pairs = len(plan.pair_place), plan.dc_pair_count
    dc_rows, store_rows = np.arange(dc_pairs), np.arange(dc_pairs, count)
    level = np.concatenate([dc_levels(policy, dc_rows, 0), store_levels(policy, store_rows, 0)])
    quantity = np.ceil(level * rng.uniform(0.8, 1.2, count)).astype(np.int64)
    shelf = policy.shelf_days[plan.parent]
    age = 1 + (np.minimum(shelf * 0.5, 60) * rng.random(count)).astype(np.int64)
    expiry = np.where(policy.never_expires[plan.parent], NEVER, np.maximum(shelf - age, 1))
    rows = np.nonzero((quantity > 0) & (policy.launch_day == 0))[0]
    # Lots of before the go-live carry numbers below NO_LOT, so that they never meet those of receipts.
    parts = Parts(rows, quantity[rows], expiry[rows], -age[rows], NO_LOT - 1 - rows)
    cost = world.stock.cost[rows]
    put(world.stock, rows, parts, cost)
    book(world.journal, 0, log.OPENING, parts, product(world, rows), None, place(world, rows), cost)


def _make_world(assortment: Assortment, suppliers: Suppliers, terms: Terms, overbuys: Overbuys, seed: int) -> World:
    changes = (assortment.echelon_demand.shape[0] + HORIZON, assortment.dc_pair_count)
    first_price = terms.price[terms.by_product[:, 0], 0]
    return World(
        assortment=assortment,
        suppliers=suppliers,
        terms=terms,
        policy=make_policy(assortment, terms, suppliers),
        overbuys=overbuys,
        seed=seed,
        stock=empty_stock(first_price[assortment.pair_product]),
        on_order_change=np.zeros(changes, dtype=np.int64),
        in_transit_change=np.zeros(changes, dtype=np.int64),
        open_units=np.zeros(assortment.dc_pair_count, dtype=np.int64),
    )


def _one_day(world: World, day: int) -> None:
    scrap_expired(world, day)
    receive(world, day)
    supply_stores(world, day)
    cover_shortages(world, day)
    sell(world, day)
    count_stock(world, day)
    world.open_units += world.on_order_change[day]
    review(world, day)


def _list_lots(world: World, day: int) -> Columns:
    """List the lots on hand at the close of a day."""
    parts = lots_on_hand(world.stock)
    columns = {name: getattr(parts, name) for name in ("quantity", "expiry", "received", "lot")}
    return {"day": np.full(len(parts.item), day), "pair": parts.item, **columns}


def _join(world: World, closing: dict[str, Any], days: int) -> Replay:
    """Join what the days recorded."""
    orders, lines = joined_orders(world.orders)
    receipts: dict[str, Ints | Floats] = {name: np.concatenate(parts) for name, parts in world.receipts.items()}
    receipts["landed"] = np.concatenate(world.landed)
    lots = closing.pop("lots")
    return Replay(
        days=days,
        movements=entries(world.journal),
        orders=orders,
        lines=lines,
        receipts=receipts,
        lots={name: np.concatenate([sunday[name] for sunday in lots]) for name in lots[0]},
        in_transit=np.cumsum(world.in_transit_change[:days], axis=0),
        **{name: np.array(rows) for name, rows in closing.items()},
    )


def run_replay(
    assortment: Assortment,
    suppliers: Suppliers,
    terms: Terms,
    overbuys: Overbuys,
    seed: int,
    days: int,
    progress: Progress = lambda _: None,
) -> Replay:
    """Replay the ERP over the real sales.

    Args:
        assortment: Products, places and real demand.
        suppliers: Suppliers with their true behavior.
        terms: Terms of the suppliers.
        overbuys: Planted buys.
        seed: Seed of all draws; each day draws from its own stream, so a shorter replay is a prefix of a longer one.
        days: Number of days from 2017-01-01.
        progress: Called now and then with a line to show.

    Returns:
        All records of the ERP.
    """
    world = _make_world(assortment, suppliers, terms, overbuys, seed)
    _open(world)
    seen = world.stock.on_hand() > 0
    end_day = assortment.end_day[assortment.pair_product]
    closing: dict[str, Any] = {name: [] for name in ("on_hand", "unit_cost", "on_order", "is_listed", "lots")}
    for day in range(days):
        _one_day(world, day)
        on_hand = world.stock.on_hand()
        seen = seen | (on_hand > 0) | (assortment.demand[day] > 0)
        closing["on_hand"].append(on_hand)
        closing["unit_cost"].append(world.stock.cost.copy())
        closing["on_order"].append(world.open_units.copy())
        # A delisted product leaves the stock records once its last unit is gone.
        closing["is_listed"].append(seen & ((end_day > day) | (on_hand > 0)))
        if weekday(day) == SUNDAY:
            closing["lots"].append(_list_lots(world, day))
        if (day + 1) % 73 == 0:
            progress(f"replayed {day + 1} of {days} days")
    return _join(world, closing, days)
