"""State of the replayed ERP while the days pass."""

from __future__ import annotations

from dataclasses import dataclass, field

from samples.journey.arrays import Floats, Ints
from samples.journey.assortment import Assortment
from samples.journey.journal import Journal
from samples.journey.lots import Stock
from samples.journey.orders import Orders
from samples.journey.overbuys import Overbuys
from samples.journey.policy import Policy
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms

RECEIPT_COLUMNS = ("day", "line", "arrived", "rejected", "lot", "expiry")


@dataclass
class World:
    """Everything the steps of a day read and change.

    Attributes:
        stock: Lots on hand of all pairs.
        open_units: Units ordered and not received, per DC pair; changes of later days lie in on_order_change.
        on_order_change, in_transit_change: Planned changes by day, shape (DAYS + HORIZON, 3P).
        deliveries: By day, the (line numbers, units, rejected units) that arrive.
        receipts: Goods receipts so far, one list of arrays per column of RECEIPT_COLUMNS.
        landed: Landed cost of a unit per receipt, one array per day.
    """

    assortment: Assortment
    suppliers: Suppliers
    terms: Terms
    policy: Policy
    overbuys: Overbuys
    seed: int
    stock: Stock
    on_order_change: Ints
    in_transit_change: Ints
    open_units: Ints
    journal: Journal = field(default_factory=Journal)
    orders: Orders = field(default_factory=Orders)
    deliveries: dict[int, list[dict[str, Ints | Floats]]] = field(default_factory=dict)
    receipts: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in RECEIPT_COLUMNS})
    landed: list[Floats] = field(default_factory=list)
    line_count: int = 0
    receipt_count: int = 0


def place(world: World, rows: Ints) -> Ints:
    """Place of each pair in rows."""
    return world.assortment.pair_place[rows]


def product(world: World, rows: Ints) -> Ints:
    """Product of each pair in rows."""
    return world.assortment.pair_product[rows]
