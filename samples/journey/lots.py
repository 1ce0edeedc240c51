"""Stock by lot at every pair of place and product, kept in arrays; the lot that expires first leaves first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from samples.journey.arrays import Floats, Ints

NEVER = 1_000_000
NO_LOT = -1
_SLOTS = 12


@dataclass
class Stock:
    """Lots on hand; row = pair, column = slot. A slot with quantity 0 is free.

    Attributes:
        quantity: Units, shape (N, K).
        expiry: Day number of expiry, NEVER when the lot does not expire, shape (N, K).
        received: Day number on which the goods first entered the company, shape (N, K).
        lot: Lot number, NO_LOT for goods found, shape (N, K).
        cost: Moving average cost of a unit, shape (N,).
    """

    quantity: Ints
    expiry: Ints
    received: Ints
    lot: Ints
    cost: Floats

    def on_hand(self) -> Ints:
        """Sum the lots of each pair, shape (N,)."""
        return np.asarray(self.quantity.sum(axis=1))


@dataclass(frozen=True)
class Parts:
    """Quantities of single lots; every array has one entry per part.

    Attributes:
        item: Index into the request that the part belongs to.
        quantity: Units.
        expiry: Day number of expiry.
        received: Day number of the original receipt.
        lot: Lot number.
    """

    item: Ints
    quantity: Ints
    expiry: Ints
    received: Ints
    lot: Ints


def empty_stock(cost: Floats) -> Stock:
    """Make a stock without lots, valued at the given costs, shape (N,)."""
    shape = (len(cost), _SLOTS)
    zero, never, none = np.zeros(shape, np.int64), np.full(shape, NEVER), np.full(shape, NO_LOT)
    return Stock(zero, never, zero.copy(), none, cost.copy())


def _parts(stock: Stock, rows: Ints, taken: Ints) -> Parts:
    item, slot = np.nonzero(taken)
    row = rows[item]
    return Parts(item, taken[item, slot], stock.expiry[row, slot], stock.received[row, slot], stock.lot[row, slot])


def lots_on_hand(stock: Stock) -> Parts:
    """List every lot on hand; item is its pair."""
    return _parts(stock, np.arange(len(stock.quantity)), stock.quantity)


def draw(stock: Stock, rows: Ints, amount: Ints, start: Ints | None = None) -> Parts:
    """Take quantities out of stock, first expired first out.

    Args:
        stock: Changed in place.
        rows: Pair of each request.
        amount: Units of each request.
        start: Units of the same pair that earlier requests of this call take; needed when a pair occurs twice.

    Returns:
        The lots taken, in the order of the requests.

    Raises:
        ValueError: a request exceeds the stock of its pair.
    """
    quantity = stock.quantity[rows]
    upper = np.cumsum(quantity, axis=1)
    low = np.zeros_like(amount) if start is None else start
    high = low + amount
    taken = np.minimum(upper, high[:, None]) - np.maximum(upper - quantity, low[:, None])
    np.maximum(taken, 0, out=taken)
    if not np.array_equal(taken.sum(axis=1), amount):
        raise ValueError("more units were drawn than the pair holds")
    parts = _parts(stock, rows, taken)
    np.subtract.at(stock.quantity, rows, taken)
    return parts


def take_expired(stock: Stock, day: int) -> tuple[Ints, Parts]:
    """Take out the lots that expire on or before a day.

    Returns:
        Pairs concerned, and the lots taken with item = index into these pairs.
    """
    expired = np.where(stock.expiry <= day, stock.quantity, 0)
    rows = np.nonzero(expired.any(axis=1))[0]
    parts = _parts(stock, rows, expired[rows])
    stock.quantity[rows] -= expired[rows]
    return rows, parts


def _widen(stock: Stock) -> None:
    """Double the number of slots."""
    columns = [(stock.quantity, 0), (stock.expiry, NEVER), (stock.received, 0), (stock.lot, NO_LOT)]
    wide = [np.concatenate([old, np.full_like(old, fill)], axis=1) for old, fill in columns]
    stock.quantity, stock.expiry, stock.received, stock.lot = wide


def _value(stock: Stock, rows: Ints, quantity: Ints, unit_cost: Floats) -> None:
    """Move the average cost of the pairs that receive goods."""
    count = len(stock.cost)
    added = np.bincount(rows, quantity, count)
    value = np.bincount(rows, quantity * unit_cost, count)
    touched = np.nonzero(added)[0]
    before = stock.on_hand()[touched]
    stock.cost[touched] = (before * stock.cost[touched] + value[touched]) / (before + added[touched])


def put(stock: Stock, rows: Ints, parts: Parts, unit_cost: Floats) -> None:
    """Put lots into stock; goods of a lot that the pair already holds join it.

    Args:
        stock: Changed in place.
        rows: Pair of each part; a pair may occur with several lots.
        parts: The lots.
        unit_cost: Cost of one unit, per part.
    """
    _value(stock, rows, parts.quantity, unit_cost)
    same = (stock.lot[rows] == parts.lot[:, None]) & (stock.quantity[rows] > 0) & (parts.lot[:, None] != NO_LOT)
    joined = same.any(axis=1)
    np.add.at(stock.quantity, (rows[joined], same[joined].argmax(axis=1)), parts.quantity[joined])
    new = np.nonzero(~joined)[0]
    new = new[np.argsort(rows[new], kind="stable")]
    row = rows[new]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    while len(row) and ((stock.quantity[row] == 0).sum(axis=1) <= rank).any():
        _widen(stock)
    slot = np.argsort(stock.quantity[row] > 0, axis=1, kind="stable")[np.arange(len(row)), rank]
    stock.quantity[row, slot] = parts.quantity[new]
    stock.expiry[row, slot] = parts.expiry[new]
    stock.received[row, slot] = parts.received[new]
    stock.lot[row, slot] = parts.lot[new]
    _sort(stock, np.unique(row))


def _sort(stock: Stock, rows: Ints) -> None:
    """Order the lots of the pairs by expiry, then age; free slots last."""
    key = np.where(stock.quantity[rows] > 0, stock.expiry[rows] * 10_000 + stock.received[rows], np.iinfo(np.int64).max)
    order = np.argsort(key, axis=1, kind="stable")
    for column in (stock.quantity, stock.expiry, stock.received, stock.lot):
        column[rows] = np.take_along_axis(column[rows], order, axis=1)
