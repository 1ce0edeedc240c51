"""Selling prices read from the real sales, and standard costs assumed from them."""

from __future__ import annotations

import duckdb
import numpy as np

from samples.journey.arrays import Floats
from samples.journey.assortment import Assortment
from samples.journey.storage import supply_group

MONTHS = 12
PRICE_STEP = 0.03
COST_STREAM = 11
_MARGIN = {"fresh": 0.36, "chilled": 0.29, "frozen": 0.31, "grocery": 0.25, "general": 0.36}


def monthly_list_prices(source: duckdb.DuckDBPyConnection, assortment: Assortment) -> Floats:
    """Read the regular price of each planned product per month from the real sales.

    The price of a month is the median of (net + loyalty discount + coupon match) / quantity; it replaces the price
    in force when it differs by PRICE_STEP or more. Months without sales keep the price in force.

    Returns:
        Prices in currency units with 2 decimals, shape (P, 12).
    """
    rows = source.sql(
        """
        select product, month(trading_date) - 1 as month,
            median((net_cents + loyalty_cents + coupon_match_cents) / quantity) as cents
        from sale_lines join assortment using (product_id)
        where quantity > 0 and net_cents + loyalty_cents + coupon_match_cents > 0
        group by all
        """
    ).fetchnumpy()
    seen = np.full((assortment.product_count, MONTHS), np.nan)
    seen[rows["product"], rows["month"]] = np.maximum(np.round(rows["cents"]), 1) / 100
    first = np.isfinite(seen).argmax(axis=1)
    price = seen[np.arange(len(seen)), first]
    result = np.empty_like(seen)
    for month in range(MONTHS):
        now = seen[:, month]
        changed = np.isfinite(now) & (np.abs(now / price - 1) >= PRICE_STEP)
        price = np.where(changed, now, price)
        result[:, month] = price
    return result


def base_costs(assortment: Assortment, list_prices: Floats, seed: int) -> Floats:
    """Assume what a unit cost at the start of the year: list price less a margin by supply group, drawn within +-5 %.

    Returns:
        Costs in currency units, at least 0.01, shape (P,).
    """
    margin = np.array([_MARGIN[supply_group(storage)] for storage in assortment.storage])
    draw = np.random.default_rng([seed, COST_STREAM]).uniform(-0.05, 0.05, len(margin))
    return np.maximum(np.round(list_prices[:, 0] * (1 - margin - draw), 2), 0.01)
