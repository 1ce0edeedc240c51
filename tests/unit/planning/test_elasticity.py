"""Elasticities of drawn demand, whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from planning.alerts import elasticity


def drawn(true_elasticity: float, *, price_sd: float, items: int = 30, weeks: int = 104) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    count = items * weeks
    discount = np.exp(rng.normal(0, price_sd, count))
    season = np.tile(1 + 0.4 * np.sin(np.arange(weeks) / 52 * 2 * np.pi), items)
    level = np.repeat(rng.lognormal(1.5, 1, items), weeks)
    quantity = rng.poisson(level * season * discount**true_elasticity)
    return pd.DataFrame(
        {
            "product_id": np.repeat([f"P{i}" for i in range(items)], weeks),
            "planning_location_id": "ALL",
            "category_1": "Drinks",
            "week_start_date": np.tile(pd.date_range("2015-01-05", periods=weeks, freq="W-MON"), items),
            "sold_quantity": quantity.astype(float),
            "average_unit_price": np.where(quantity > 0, 4 * discount, np.nan),
            "promoted_share": 0.0,
            "is_stockout_week": False,
        }
    )


@pytest.mark.parametrize("truth", [-0.8, -2.0, -3.0])
def test_interval_holds_the_drawn_elasticity(truth: float) -> None:
    found = elasticity.by_category(drawn(truth, price_sd=0.15))["Drinks"]
    assert found.is_supported
    # Weeks without a sale are taken at the usual price, which pulls a little to zero.
    assert found.lower - 0.15 <= truth <= found.upper + 0.15
    assert found.upper - found.lower < 0.6
    assert found.items_count == 30
    # One week in ten is more than 1.2816 standard deviations below: 1 - exp(-1.2816 x 0.15) = 0.175.
    assert found.largest_discount == pytest.approx(0.175, abs=0.02)


def test_without_an_effect_there_is_no_advice() -> None:
    found = elasticity.by_category(drawn(0.0, price_sd=0.05))["Drinks"]
    assert not found.is_supported
    assert found.lower < 0 < found.upper


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(drawn(-2, price_sd=0.001), id="prices-that-did-not-move"),
        pytest.param(drawn(-2, price_sd=0.2, items=4), id="too-few-items"),
        pytest.param(drawn(-2, price_sd=0.2, weeks=20), id="too-few-weeks"),
        pytest.param(drawn(-2, price_sd=0.2).assign(is_stockout_week=True), id="never-in-stock"),
        pytest.param(drawn(-2, price_sd=0.2).assign(category_1=None), id="no-category"),
        pytest.param(drawn(-2, price_sd=0.2).assign(sold_quantity=0.0), id="nothing-sold"),
    ],
)
def test_what_tells_nothing_has_no_elasticity(history: pd.DataFrame) -> None:
    assert elasticity.by_category(history) == {}
