"""Purchase orders: placed when a cell is low, received as reliably as the supplier truly is."""

from __future__ import annotations

import numpy as np

from samples.synth.arrays import Ints, Rows
from samples.synth.journal import OUTSIDE, RECEIPT
from samples.synth.plan import Stream
from samples.synth.suppliers import EARLY_CHANCES, EARLY_DAYS, QUARTER_DAYS
from samples.synth.world import World

FIRST_ORDER = 4_500_000_000
# A planted buy covers the true demand of this many days, several times.
_OVERBUY_DAYS = 160
_OVERBUY_TIMES = 3


def unit_cents(world: World, day: int, sku: Ints, supplier: Ints) -> Ints:
    """Return what a supplier asks for a unit on a day: the standard cost times the level of its quarter."""
    level = world.suppliers.price_level[supplier, day // QUARTER_DAYS]
    cents: Ints = np.maximum(np.round(world.catalog.cost_cents[sku] * level), 1).astype(np.int64)
    return cents


def _planted(world: World, day: int) -> Ints:
    """Return the planted buys of the day per cell, for items whose supplier takes orders today."""
    catalog, week = world.catalog, day // 7
    due = np.tile(catalog.overbuy_week == week, world.plan.dcs)
    rate = np.bincount(world.cell, world.network.rate, len(world.dc_stock))
    mean = np.tile(world.factor[:, week : week + 23].mean(axis=1), world.plan.dcs)
    units = np.ceil(rate * mean * _OVERBUY_DAYS * _OVERBUY_TIMES).astype(np.int64)
    return np.where(due & (rate > 0), np.maximum(units, 12), 0)


def _leads(world: World, rng: np.random.Generator, supplier: Ints) -> Ints:
    """Draw the lead times of orders."""
    suppliers, count = world.suppliers, len(supplier)
    early = rng.choice(EARLY_DAYS, count, p=EARLY_CHANCES)
    late = rng.geometric(1 / suppliers.late_days[supplier])
    is_on_time = rng.random(count) < suppliers.on_time[supplier]
    leads: Ints = suppliers.quoted_days[supplier] + np.where(is_on_time, -early, late)
    return leads


def _wanted(world: World, day: int) -> tuple[Ints, Ints]:
    """Return units to order in whole packs, and the planted part of them, per cell."""
    plan = world.plan
    takes = world.suppliers.order_weekday[np.tile(world.suppliers.of_sku, plan.dcs)] == day % 7
    position = world.dc_stock + world.on_order
    need = np.where((position <= world.dc_low) & takes, np.maximum(world.dc_high - position, 0), 0)
    planted = np.where(takes, _planted(world, day), 0)
    pack = np.tile(world.catalog.pack, plan.dcs)
    return -(-(need + planted) // pack) * pack, planted


def place_orders(world: World, day: int) -> None:
    """Order for every cell that is low and whose supplier takes orders today, one order per center and supplier."""
    suppliers, plan = world.suppliers, world.plan
    quantity, planted = _wanted(world, day)
    cell = np.flatnonzero(quantity)
    if not len(cell):
        return
    group = cell // plan.skus * len(suppliers.name) + suppliers.of_sku[cell % plan.skus]
    rows = np.argsort(group, kind="stable")
    cell = cell[rows]
    groups, order = np.unique(group[rows], return_inverse=True)
    rng, of_order = plan.random(Stream.ORDERS, day), groups % len(suppliers.name)
    lead, supplier = _leads(world, rng, of_order)[order], of_order[order]
    dc, sku = np.divmod(cell, plan.skus)
    ordered = quantity[cell]
    short = rng.random(len(cell)) >= suppliers.in_full[supplier]
    arrived = np.where(short, np.floor(ordered * rng.uniform(0.4, 0.95, len(cell))), ordered).astype(np.int64)
    world.order_lines.add(
        {
            "order": FIRST_ORDER + world.order_count + order,
            "position": np.arange(len(cell)) - np.searchsorted(order, order) + 1,
            "opened": np.full(len(cell), day),
            "closed": day + lead,
            "confirmed": day + suppliers.quoted_days[supplier],
            "shipped": day + np.maximum(lead - 2, 0),
            "cell": cell,
            "dc": dc,
            "sku": sku,
            "supplier": supplier,
            "ordered": ordered,
            "arrived": arrived,
            "rejected": rng.binomial(arrived, suppliers.rejected[supplier]),
            "planted": planted[cell],
            "cents": unit_cents(world, day, sku, supplier),
        }
    )
    world.order_count += len(groups)
    world.on_order[cell] += ordered


def receive(world: World, day: int) -> None:
    """Take in what arrives today; rejected units never enter the stock, missing ones never come."""
    lines = world.order_lines.closing(day)
    if lines is None:
        return
    accepted = lines["arrived"] - lines["rejected"]
    np.add.at(world.dc_stock, lines["cell"], accepted)
    np.subtract.at(world.on_order, lines["cell"], lines["ordered"])
    world.journal.book(day, RECEIPT, lines["sku"], OUTSIDE, lines["dc"], accepted)


def first_lines(lines: Rows) -> Ints:
    """Return the first line of each order; lines of an order lie together."""
    return np.flatnonzero(lines["position"] == 1)
