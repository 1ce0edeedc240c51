"""Purchase orders and what suppliers make of them: confirmed, late, short, cancelled, delivered in parts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from samples.journey.arrays import Floats, Ints
from samples.journey.source import day_date
from samples.journey.suppliers import Suppliers
from samples.journey.terms import Terms

ORDER_STREAM = 31
MAX_LATE_DAYS = 30
# Longest possible way of an order: quoted lead, slip, delay and second delivery, days.
HORIZON = 80
NOT_PLANNED = -1
ORDER_COLUMNS = ("day", "dc", "supplier", "requested", "confirmed", "shipped", "arrival", "second_arrival", "cancelled")
LINE_COLUMNS = (
    "order", "line", "pair", "product", "term", "ordered", "committed", "first", "first_rejected", "second",
    "second_rejected",
)  # fmt: skip
Columns = dict[str, Ints]


@dataclass
class Orders:
    """Orders and lines placed so far, one array per column and placing day; lines refer to orders by number."""

    orders: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in ORDER_COLUMNS})
    lines: dict[str, list[Ints]] = field(default_factory=lambda: {name: [] for name in LINE_COLUMNS})
    prices: list[Floats] = field(default_factory=list)
    order_count: int = 0


def _draw_orders(day: int, supplier: Ints, suppliers: Suppliers, rng: np.random.Generator) -> Columns:
    """Draw the fate of one order per entry of supplier."""
    count = len(supplier)
    lead = suppliers.lead_days[supplier]
    requested = day + lead
    slip = np.where(rng.random(count) < suppliers.slip_rate[supplier], rng.integers(1, 6, count), 0)
    confirmed = requested + slip
    chance = rng.random(count)
    delay = np.minimum(rng.geometric(1 / suppliers.mean_late_days[supplier]), MAX_LATE_DAYS)
    early = rng.integers(1, 3, count)
    is_late = chance >= suppliers.on_time_rate[supplier]
    is_early = chance < suppliers.early_rate[supplier]
    arrival = np.maximum(confirmed + np.where(is_late, delay, 0) - np.where(is_early, early, 0), day + 1)
    shipped = np.clip(arrival - rng.integers(1, np.clip(lead, 2, 5)), day + 1, arrival)
    is_cancelled = rng.random(count) < suppliers.cancel_rate[supplier]
    return {
        "requested": requested,
        "confirmed": confirmed,
        "shipped": shipped,
        "arrival": arrival,
        "second_arrival": arrival + rng.integers(3, 11, count),
        "cancelled": np.where(is_cancelled, day + np.maximum(lead // 2, 1), NOT_PLANNED),
    }


def _rejected(arrived: Ints, rate: Floats, rng: np.random.Generator) -> Ints:
    """Draw how many of the units that arrive are rejected."""
    part = np.ceil(arrived * rng.uniform(0.1, 0.5, len(arrived))).astype(np.int64)
    return np.where((rng.random(len(arrived)) < rate) & (arrived > 0), part, 0)


def _draw_lines(ordered: Ints, supplier: Ints, suppliers: Suppliers, rng: np.random.Generator) -> Columns:
    """Draw what is delivered of each line."""
    count = len(ordered)
    is_short = (rng.random(count) < suppliers.short_rate[supplier]) & (ordered >= 2)
    is_over = (rng.random(count) < suppliers.over_rate[supplier]) & ~is_short
    part = np.clip((ordered * rng.uniform(0.3, 0.95, count)).astype(np.int64), 1, np.maximum(ordered - 1, 1))
    first = np.where(is_short, part, ordered + np.where(is_over, np.ceil(ordered * 0.05).astype(np.int64), 0))
    follows = is_short & (rng.random(count) < suppliers.backorder_rate[supplier])
    told = is_short & ~follows & (rng.random(count) < 0.5)
    second = np.where(follows, ordered - first, 0)
    reject_rate = suppliers.reject_rate[supplier]
    return {
        "committed": np.where(told, first, ordered),
        "first": first,
        "first_rejected": _rejected(first, reject_rate, rng),
        "second": second,
        "second_rejected": _rejected(second, reject_rate, rng),
    }


def place_orders(
    book: Orders, day: int, pair: Ints, quantity: Ints, term: Ints, terms: Terms, suppliers: Suppliers, seed: int
) -> Columns:
    """Place one order per DC and supplier, one line per entry of pair, quantity and term, and draw its whole fate.

    Returns:
        The new lines with the days of their order (arrival, second_arrival, shipped, cancelled); book gains them.
    """
    rng = np.random.default_rng([seed, ORDER_STREAM, day])
    dc = pair // len(terms.by_product)
    sequence = np.lexsort((terms.product[term], terms.supplier[term], dc))
    pair, quantity, term, dc = (column[sequence] for column in (pair, quantity, term, dc))
    supplier = terms.supplier[term]
    _, first, number = np.unique(dc * len(suppliers.name) + supplier, return_index=True, return_inverse=True)
    orders = {
        "day": np.full(len(first), day),
        "dc": dc[first],
        "supplier": supplier[first],
        **_draw_orders(day, supplier[first], suppliers, rng),
    }
    lines = {
        "order": book.order_count + number,
        "line": np.arange(len(number)) - first[number] + 1,
        "pair": pair,
        "product": terms.product[term],
        "term": term,
        "ordered": quantity,
        **_draw_lines(quantity, supplier, suppliers, rng),
    }
    book.order_count += len(first)
    book.prices.append(terms.price[term, day_date(day).month - 1])
    for store, columns in ((book.orders, orders), (book.lines, lines)):
        for name, column in columns.items():
            store[name].append(column)
    return lines | {name: orders[name][number] for name in ("shipped", "arrival", "second_arrival", "cancelled")}


def joined_orders(book: Orders) -> tuple[Columns, dict[str, Ints | Floats]]:
    """Join all orders, and all lines with their unit price, into one array per column."""
    orders = {name: np.concatenate(parts) for name, parts in book.orders.items()}
    lines: dict[str, Ints | Floats] = {name: np.concatenate(parts) for name, parts in book.lines.items()}
    lines["unit_price"] = np.concatenate(book.prices)
    return orders, lines
