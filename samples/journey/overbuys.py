"""Planted slow movers: promotional buys far beyond what the real sales will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from samples.journey.arrays import Ints
from samples.journey.assortment import DCS, Assortment
from samples.journey.source import DAYS, day_number

OVERBUY_STREAM = 33
PRODUCT_SHARE = 0.07
MIN_SHELF_LIFE_DAYS = 300
SELL_DAYS = 160
OVERBUY_FACTOR = 3
# Mondays on which buying for a promotion is decided, with the share of the products bought.
ROUNDS = (
    (date(2017, 2, 20), 0.10),
    (date(2017, 4, 3), 0.10),
    (date(2017, 5, 15), 0.15),
    (date(2017, 6, 26), 0.20),
    (date(2017, 8, 7), 0.20),
    (date(2017, 9, 18), 0.15),
    (date(2017, 10, 30), 0.10),
)


@dataclass(frozen=True)
class Overbuys:
    """One entry per planted buy.

    Attributes:
        day: Day number of the order.
        pair: DC pair.
        quantity: Units bought, before rounding to the order multiple.
    """

    day: Ints
    pair: Ints
    quantity: Ints


def _future_demand(assortment: Assortment, pair: int, day: int) -> float:
    """Real demand of SELL_DAYS days from a day on; days beyond the data count with the mean of the known ones."""
    known = assortment.echelon_demand[day : min(day + SELL_DAYS, DAYS), pair]
    return float(known.sum()) * SELL_DAYS / len(known)


def plant_overbuys(assortment: Assortment, seed: int) -> Overbuys:
    """Choose regular products that keep long, and buy OVERBUY_FACTOR times what sells within SELL_DAYS days.

    Each product is over-bought for one DC, for two, or for all three.

    Returns:
        The buys, ordered by day and pair.
    """
    rng = np.random.default_rng([seed, OVERBUY_STREAM])
    keeps = [(s.shelf_life_days or DAYS * 3) >= MIN_SHELF_LIFE_DAYS for s in assortment.storage]
    candidates = np.nonzero(np.array(keeps) & (assortment.kind == "regular"))[0]
    count = min(round(PRODUCT_SHARE * assortment.product_count), len(candidates))
    buys = []
    for product in np.sort(rng.choice(candidates, count, replace=False)).tolist():
        monday = day_number(ROUNDS[rng.choice(len(ROUNDS), p=[share for _, share in ROUNDS])][0])
        dcs = rng.permutation(len(DCS))[: rng.integers(1, len(DCS) + 1)]
        for dc in sorted(dcs.tolist()):
            pair = dc * assortment.product_count + product
            quantity = max(OVERBUY_FACTOR * _future_demand(assortment, pair, monday + dc), 12)
            buys.append((monday + dc, pair, int(np.ceil(quantity))))
    day, pair_column, quantity_column = np.array(sorted(buys), dtype=np.int64).reshape(-1, 3).T
    return Overbuys(day, pair_column, quantity_column)
