"""State of the company on a day: stock, what is on order, and what the current week has brought."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from samples.synth.arrays import Floats, Ints, Rows
from samples.synth.catalog import Catalog, draw_catalog
from samples.synth.customers import Customers, draw_customers
from samples.synth.factors import Factors, draw_factors
from samples.synth.journal import OPENING, OUTSIDE, Journal
from samples.synth.network import Network, draw_network
from samples.synth.openrows import OpenRows
from samples.synth.plan import Plan
from samples.synth.suppliers import Suppliers, draw_suppliers


@dataclass
class World:
    """What is drawn once, and what changes by day.

    A cell is an item at a distribution center (center times items plus item), a pair an item at a selling place.

    Attributes:
        plan: Sizes and seed.
        catalog: Items.
        factors: What moves their demand.
        network: Places and pairs.
        suppliers: Suppliers.
        customers: Customers.
        factor: Item by week: all factors multiplied.
        cell: Cell that supplies each pair.
        journal: Movements booked.
        dc_stock: Units in each cell.
        on_order: Units ordered and not yet received per cell.
        stock: Units of each pair.
        low: Pairs are filled up at this stock or below.
        high: Stock to which pairs are filled up.
        dc_low: As low, for the position of a cell.
        dc_high: As high, for the position of a cell.
        order_lines: Purchase order lines that are not closed.
        order_count: Purchase orders placed so far.
        parcels: Parcels of the web shop under way.
        returns: Goods that come back, by day.
        demand: Units wanted this week per pair, fake orders left out.
        sold: Units of that demand sold.
        faked: Units of fake orders.
        empty_days: Days of this week that a pair closed empty.
    """

    plan: Plan
    catalog: Catalog
    factors: Factors
    network: Network
    suppliers: Suppliers
    customers: Customers
    factor: Floats
    cell: Ints
    journal: Journal
    dc_stock: Ints
    on_order: Ints
    stock: Ints
    low: Ints
    high: Ints
    dc_low: Ints
    dc_high: Ints
    order_lines: OpenRows = field(default_factory=OpenRows)
    order_count: int = 0
    parcels: OpenRows = field(default_factory=OpenRows)
    returns: dict[int, list[Rows]] = field(default_factory=dict)
    demand: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sold: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    faked: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    empty_days: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def open_week(self) -> None:
        """Begin the sums of a week."""
        for name in ("demand", "sold", "faked", "empty_days"):
            setattr(self, name, np.zeros(len(self.stock), np.int64))


def draw_world(plan: Plan) -> World:
    """Draw a company, without stock yet."""
    catalog = draw_catalog(plan)
    factors = draw_factors(plan, catalog)
    network = draw_network(plan, catalog)
    cells, pairs = plan.dcs * plan.skus, len(network.sku)
    world = World(
        plan=plan,
        catalog=catalog,
        factors=factors,
        network=network,
        suppliers=draw_suppliers(plan),
        customers=draw_customers(plan),
        factor=factors.total(),
        cell=network.dc[network.place] * plan.skus + network.sku,
        journal=Journal(network),
        dc_stock=np.zeros(cells, np.int64),
        on_order=np.zeros(cells, np.int64),
        stock=np.zeros(pairs, np.int64),
        low=np.zeros(pairs, np.int64),
        high=np.zeros(pairs, np.int64),
        dc_low=np.zeros(cells, np.int64),
        dc_high=np.zeros(cells, np.int64),
    )
    world.open_week()
    return world


def open_stock(world: World) -> None:
    """Put the stock of the first day in place and book it, so that movements add up from zero."""
    world.dc_stock[:] = world.dc_high
    world.stock[:] = world.high
    dc, sku = np.divmod(np.arange(len(world.dc_stock)), world.plan.skus)
    world.journal.book(0, OPENING, sku, OUTSIDE, dc, world.dc_stock)
    world.journal.book(0, OPENING, world.network.sku, OUTSIDE, world.network.place, world.stock)
