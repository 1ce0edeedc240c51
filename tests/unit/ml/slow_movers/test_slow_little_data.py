"""Companies with next to no stock or sales: scores by arithmetic or a reason, never a fault."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import evaluate, features, model, panel, score, train
from ml.slow_movers.policy import Policy

WEEKS = pd.date_range("2016-12-26", periods=53, freq="7D")
DRAW = np.random.default_rng(1)


def item(product: str, sold: np.ndarray, on_hand: float, unit_cost: float = 1.5) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": product,
            "planning_location_id": "D",
            "week_start_date": WEEKS[-len(sold) :],
            "sold_quantity": sold,
            "net_sales_amount": 2.0 * sold,
            "gross_sales_amount": 2.0 * sold,
            "regular_unit_price": np.where(sold > 0, 2.0, np.nan),
            "promoted_share": 0.0,
            "received_quantity": 0.0,
            "closing_on_hand_quantity": on_hand,
            "closing_on_hand_amount": np.multiply(on_hand, unit_cost),
            "closing_unit_cost": unit_cost,
        }
    )


def company(sold: list[np.ndarray], on_hand: float, unit_cost: float = 1.5) -> pd.DataFrame:
    return pd.concat([item(f"p{number:02d}", weeks, on_hand, unit_cost) for number, weeks in enumerate(sold)])


STEADY = [DRAW.poisson(3, 53).astype(float) for _ in range(20)]
MIXED = [DRAW.poisson(number % 5, 53).astype(float) for number in range(40)]
NONE = [np.zeros(53)] * 20
EARLY = [np.append(np.full(27, 0.2), np.full(26, 90.0)), np.full(53, 19.0)] * 10


@pytest.mark.parametrize(
    ("weekly", "is_learnt", "scored"),
    [
        pytest.param(company([np.array([3.0])] * 20, 5), False, 20, id="one-week"),
        pytest.param(company(STEADY[:1], 50), False, 1, id="one-item"),
        pytest.param(company(STEADY, np.nan), False, 0, id="no-stock-kept"),
        pytest.param(company(STEADY, 0), False, 0, id="no-stock-left"),
        pytest.param(company(STEADY, -5), False, 0, id="stock-below-zero"),
        pytest.param(company(NONE, 5), False, 20, id="nothing-ever-sold"),
        pytest.param(company([weeks - 2 for weeks in STEADY], 5), False, 20, id="more-returned-than-sold"),
        pytest.param(company(EARLY, 60), False, 20, id="slow-early-only"),
        pytest.param(company(MIXED, 40, unit_cost=np.nan), True, 40, id="no-cost-known"),
    ],
)
def test_little_data(weekly: pd.DataFrame, is_learnt: bool, scored: int, limits: Policy) -> None:
    keys = weekly[panel.KEYS].drop_duplicates(ignore_index=True)
    items = keys.assign(category_1="food", category_2=None, unit_cost=np.nan)
    rows, plan, reason = train._rows(weekly, items, limits)
    assert (plan is not None) == is_learnt
    assert bool(reason) != is_learnt
    models = [model.uncalibrated()]
    if plan is not None:
        assert set(evaluate.backtest(rows, plan, limits)["model_name"]) >= set(model.CANDIDATES)
        models += [model.fit(name, rows[rows["cutoff"].isin(plan.final)]) for name in model.CANDIDATES]
    stock = features.at(panel.build(weekly), items, WEEKS[-1], limits)
    assert len(stock) == scored
    for fitted in models if scored else []:
        scores = score.table(stock, fitted, limits, date(2017, 12, 31))
        assert scores["probability"].between(0, 1).all()
        assert scores["expected_unsold_quantity"].between(0, scores["on_hand_quantity"]).all()
        assert scores["reason_1"].str.len().gt(0).all()


def test_slow_products_never_share_one_fold() -> None:
    """Six slow products among sixty: wherever chance deals them, the others' rows hold some of them."""
    products = [f"p{number:02d}" for number in range(60)]
    unlucky = np.flatnonzero(np.random.default_rng(model.SEED).permutation(60) % model.FOLDS == 0)[:6]
    earlier = pd.DataFrame({"product_id": products, "is_slow": np.isin(np.arange(60), unlucky)})
    fold = model._fold(earlier, earlier)
    assert np.bincount(fold, minlength=3).tolist() == [20, 20, 20]
    assert set(fold[earlier["is_slow"]]) == {0, 1, 2}
