"""Terms at which suppliers deliver products: price, quantities, lead time, priority, and price changes in the year."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from samples.journey.arrays import Floats, Ints
from samples.journey.assortment import Assortment
from samples.journey.prices import MONTHS
from samples.journey.source import DAYS
from samples.journey.storage import supply_group
from samples.journey.suppliers import Suppliers

TERM_STREAM = 22
PRIVATE_LABEL = 69
SECOND_SOURCE_RATE = 0.45
THIRD_SOURCE_RATE = 0.12
MAX_SOURCES = 3
PRICE_CHANGES = 3
# Planned share of the volume by number of sources and priority.
SHARES = ((1.0, 0.0, 0.0), (0.8, 0.2, 0.0), (0.7, 0.2, 0.1))


@dataclass(frozen=True)
class Terms:
    """One entry per supplier and product, T in all.

    Attributes:
        supplier: Index of the supplier, shape (T,).
        product: Index of the product, shape (T,).
        priority: 1 is ordered from first, shape (T,).
        share: Planned share of the product bought here, shape (T,).
        minimum: Smallest quantity per order line, shape (T,).
        multiple: Quantities are multiples of this, shape (T,).
        price: Price of a unit by month, 2 decimals, shape (T, 12); changes hold from the first of a month.
        by_product: Term by product and priority - 1, -1 where there is none, shape (P, 3).
    """

    supplier: Ints
    product: Ints
    priority: Ints
    share: Floats
    minimum: Ints
    multiple: Ints
    price: Floats
    by_product: Ints


def _primary_suppliers(assortment: Assortment, suppliers: Suppliers) -> Ints:
    """Give each manufacturer, and each category of the private label, to one supplier of its group, by load."""
    units = assortment.echelon_demand.sum(axis=0).reshape(3, -1).sum(axis=0)
    groups = [supply_group(storage) for storage in assortment.storage]
    keys = [
        (group, int(maker), str(category) if maker == PRIVATE_LABEL else "")
        for group, maker, category in zip(groups, assortment.manufacturer, assortment.category, strict=True)
    ]
    volume: dict[tuple[str, int, str], int] = {}
    for key, quantity in zip(keys, units.tolist(), strict=True):
        volume[key] = volume.get(key, 0) + quantity
    load = np.zeros(len(suppliers.name))
    owner: dict[tuple[str, int, str], int] = {}
    for key in sorted(volume, key=lambda k: (-volume[k], k)):
        candidates = [i for i, group in enumerate(suppliers.group) if group == key[0]]
        owner[key] = min(candidates, key=lambda i: (load[i], i))
        load[owner[key]] += volume[key]
    return np.array([owner[key] for key in keys], dtype=np.int64)


def _other_sources(primary: int, group: str, suppliers: Suppliers, salt: int) -> list[int]:
    """List the other suppliers of the group in an order fixed by salt."""
    others = [i for i, name in enumerate(suppliers.group) if name == group and i != primary]
    return sorted(others, key=lambda i: zlib.crc32(f"{salt}/{i}".encode()))


def _order_multiples(assortment: Assortment, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Draw case packs that fit the demand of one DC."""
    weekly = assortment.echelon_demand.sum(axis=0).reshape(3, -1).mean(axis=0) / 52
    packs = np.array([1, 2, 3, 4, 6, 12])
    shelf = np.array([storage.shelf_life_days or DAYS for storage in assortment.storage])
    # A pack holds a week's demand at most, less of goods that expire soon.
    largest = np.searchsorted(packs, np.maximum(weekly * np.clip(shelf / 60, 0.3, 1), 1), side="right") - 1
    multiple = packs[rng.integers(0, largest + 1)]
    return multiple, multiple * np.where(shelf < 90, 1, rng.choice([1, 1, 2], size=len(multiple)))


def _price_path(base: Floats, supplier: Ints, suppliers: Suppliers, rng: np.random.Generator) -> Floats:
    """Draw prices by month: each supplier changes prices in three months, each product on its own by a few percent."""
    months = np.array([rng.choice(np.arange(1, MONTHS), PRICE_CHANGES, replace=False) for _ in suppliers.name])
    changes = np.zeros((len(suppliers.name), MONTHS), dtype=bool)
    np.put_along_axis(changes, months, True, axis=1)
    moved = changes[supplier] & (rng.random((len(supplier), MONTHS)) < 0.7)
    steps = np.where(moved, rng.normal(0.015, 0.02, (len(supplier), MONTHS)), 0.0)
    return np.asarray(np.maximum(np.round(base[:, None] * np.cumprod(1 + steps, axis=1), 2), 0.01))


def draw_terms(assortment: Assortment, suppliers: Suppliers, costs: Floats, seed: int) -> Terms:
    """Draw one to three suppliers per product and their terms.

    Args:
        assortment: Products.
        suppliers: Suppliers to choose from.
        costs: Standard cost of a unit at the start of the year, shape (P,).
        seed: Seed of the whole replay.

    Returns:
        Terms ordered by product and priority.
    """
    rng = np.random.default_rng([seed, TERM_STREAM])
    primary = _primary_suppliers(assortment, suppliers)
    draw = rng.random(assortment.product_count)
    sources = 1 + (draw < SECOND_SOURCE_RATE) + (draw < THIRD_SOURCE_RATE)
    rows: list[tuple[int, int, int, float]] = []
    for product, (first, count) in enumerate(zip(primary.tolist(), sources.tolist(), strict=True)):
        others = _other_sources(first, suppliers.group[first], suppliers, int(assortment.product_id[product]))
        chosen = [first, *others[: count - 1]]
        rows += [(s, product, rank + 1, SHARES[len(chosen) - 1][rank]) for rank, s in enumerate(chosen)]
    supplier, product_of, priority = (np.array(column, dtype=np.int64) for column in list(zip(*rows, strict=True))[:3])
    multiple, minimum = _order_multiples(assortment, rng)
    base = costs[product_of] * suppliers.price_factor[supplier] * rng.uniform(0.99, 1.01, len(rows))
    by_product = np.full((assortment.product_count, MAX_SOURCES), -1, dtype=np.int64)
    by_product[product_of, priority - 1] = np.arange(len(rows))
    return Terms(
        supplier=supplier,
        product=product_of,
        priority=priority,
        share=np.array([row[3] for row in rows]),
        minimum=minimum[product_of],
        multiple=multiple[product_of],
        price=_price_path(base, supplier, suppliers, rng),
        by_product=by_product,
    )
