"""Lots: hand-made stock, first expired first out, and what a parent can share out."""

from __future__ import annotations

import numpy as np
import pytest

from samples.journey.lots import NEVER, Parts, Stock, draw, empty_stock, put, take_expired
from samples.journey.policy import round_quantity
from samples.journey.transfers import share_out


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.fixture
def stock() -> Stock:
    """Pair 0 holds 4 units of lot 1, which expires on day 20, and 5 of lot 2, on day 10; pair 1 holds nothing."""
    made = empty_stock(np.array([2.0, 9.0]))
    put(made, ints(0, 0), Parts(ints(0, 1), ints(4, 5), ints(20, 10), ints(3, 5), ints(1, 2)), np.array([2.0, 2.0]))
    return made


def test_what_expires_first_leaves_first(stock: Stock) -> None:
    parts = draw(stock, ints(0), ints(6))
    assert list(zip(parts.lot.tolist(), parts.quantity.tolist(), strict=True)) == [(2, 5), (1, 1)]
    assert stock.on_hand().tolist() == [3, 0]


def test_two_requests_for_one_pair_share_its_lots(stock: Stock) -> None:
    parts = draw(stock, ints(0, 0), ints(3, 4), start=ints(0, 3))
    taken = list(zip(parts.item.tolist(), parts.lot.tolist(), parts.quantity.tolist(), strict=True))
    assert taken == [(0, 2, 3), (1, 2, 2), (1, 1, 2)]


def test_more_than_there_is_cannot_be_drawn(stock: Stock) -> None:
    with pytest.raises(ValueError, match="more units"):
        draw(stock, ints(0), ints(10))


def test_a_known_lot_is_joined_and_keeps_one_slot(stock: Stock) -> None:
    put(stock, ints(0), Parts(ints(0), ints(7), ints(20), ints(3), ints(1)), np.array([2.0]))
    assert stock.quantity[0].tolist()[:3] == [5, 11, 0]


def test_cost_moves_by_quantity(stock: Stock) -> None:
    put(stock, ints(0, 1), Parts(ints(0, 1), ints(3, 2), ints(30, 30), ints(6, 6), ints(3, 3)), np.array([6.0, 5.0]))
    assert stock.cost.tolist() == [pytest.approx((9 * 2 + 3 * 6) / 12), 5.0]


def test_expired_lots_are_taken_whole_on_their_day(stock: Stock) -> None:
    assert take_expired(stock, 9)[1].quantity.tolist() == []
    rows, parts = take_expired(stock, 10)
    assert (rows.tolist(), parts.lot.tolist(), parts.quantity.tolist()) == ([0], [2], [5])
    assert stock.on_hand().tolist() == [4, 0]


def test_slots_grow_with_the_lots() -> None:
    made = empty_stock(np.array([1.0]))
    count = 40
    every = np.arange(count)
    put(made, np.zeros(count, np.int64), Parts(every, every + 1, NEVER - every, every, every), np.ones(count))
    assert made.on_hand().tolist() == [count * (count + 1) // 2]
    assert draw(made, ints(0), ints(count)).lot.tolist() == [count - 1]


def test_needs_are_granted_in_turn_per_parent() -> None:
    granted, before = share_out(ints(0, 0, 0, 2), ints(3, 4, 5, 2), ints(5, 9, 1))
    assert granted.tolist() == [3, 2, 0, 1]
    assert before.tolist() == [0, 3, 5, 0]


@pytest.mark.parametrize(
    ("quantity", "expected"), [(1, 12), (12, 12), (13, 18), (19, 24)], ids=["below MOQ", "MOQ", "above", "next"]
)
def test_orders_round_up_to_multiple_and_minimum(quantity: int, expected: int) -> None:
    assert round_quantity(ints(quantity), ints(12), ints(6)).tolist() == [expected]
