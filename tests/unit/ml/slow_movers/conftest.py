"""A seeded history of replenished and over-bought items, in the shape of core.fct_demand_weekly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import panel
from ml.slow_movers.policy import Policy

WEEKS = 53
PRODUCTS = 220
PLACES = ("DC1", "DC2")


def _series(generator: np.random.Generator, product: int, place: str) -> pd.DataFrame:
    start = int(generator.integers(0, 12))
    length = WEEKS - start
    rate = generator.gamma(1.2, 5) * np.exp(np.cumsum(generator.normal(0, 0.08, length)))
    sold = generator.poisson(rate).astype(float)
    overbuy_week = int(generator.integers(0, length)) if generator.random() < 0.2 else -1
    stock = np.ceil(4 * rate[0] + 3)
    received, closing = np.zeros(length), np.zeros(length)
    for week in range(length):
        pace = sold[max(week - 7, 0) : week + 1].mean()
        order = max(np.ceil(5 * pace + 3) - stock, 0) if week % 2 == 0 else 0
        order += np.ceil((pace + 1) * generator.uniform(15, 50)) if week == overbuy_week else 0
        received[week] = max(order, sold[week] - stock)
        stock += received[week] - sold[week]
        closing[week] = stock
    price = round(float(generator.uniform(1, 9)), 2)
    discount = np.where(generator.random(length) < 0.15, 0.2, 0.0)
    monday = pd.date_range("2016-12-26", periods=WEEKS, freq="7D")[start:]
    return pd.DataFrame(
        {
            "product_id": f"P{product:04d}",
            "planning_location_id": place,
            "week_start_date": monday,
            "sold_quantity": sold,
            "net_sales_amount": sold * price * (1 - discount),
            "gross_sales_amount": sold * price,
            "regular_unit_price": price,
            "promoted_share": np.where(discount > 0, 0.5, 0.0),
            "received_quantity": received,
            "closing_on_hand_quantity": closing,
            "closing_on_hand_amount": closing * round(price * 0.7, 4),
            "closing_unit_cost": round(price * 0.7, 4),
        }
    )


@pytest.fixture(scope="session")
def weekly() -> pd.DataFrame:
    generator = np.random.default_rng(42)
    parts = [_series(generator, product, place) for product in range(PRODUCTS) for place in PLACES]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def items(weekly: pd.DataFrame) -> pd.DataFrame:
    keys = weekly[panel.KEYS].drop_duplicates(ignore_index=True)
    number = keys["product_id"].str[1:].astype(int)
    category = "C" + (number % 7).astype(str)
    return keys.assign(category_1="grocery", category_2=category, unit_cost=1.5)


@pytest.fixture(scope="session")
def history(weekly: pd.DataFrame) -> panel.Panel:
    return panel.build(weekly)


@pytest.fixture(scope="session")
def limits() -> Policy:
    return Policy(lead_weeks=5, window_weeks=13, unsold_share=0.5, medium_probability=0.3, high_probability=0.6)
