from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import demand_rate, features, panel, reasons
from ml.slow_movers.policy import Policy

CUTOFF = pd.Timestamp("2017-07-03")


@pytest.fixture(scope="module")
def stock(history: panel.Panel, items: pd.DataFrame, limits: Policy) -> pd.DataFrame:
    return features.at(history, items, CUTOFF, limits)


def test_weeks_after_the_cutoff_change_nothing(
    weekly: pd.DataFrame, items: pd.DataFrame, limits: Policy, stock: pd.DataFrame
) -> None:
    changed = weekly.copy()
    later = changed["week_start_date"] > CUTOFF
    noise = np.random.default_rng(1)
    for measure in panel.MEASURES:
        changed.loc[later, measure] = noise.uniform(0, 1000, later.sum())
    pd.testing.assert_frame_equal(features.at(panel.build(changed), items, CUTOFF, limits), stock, check_exact=True)
    until = panel.build(weekly[~later])
    pd.testing.assert_frame_equal(features.at(until, items, CUTOFF, limits), stock, check_exact=True)


def test_weeks_up_to_the_cutoff_do_count(
    weekly: pd.DataFrame, items: pd.DataFrame, limits: Policy, stock: pd.DataFrame
) -> None:
    changed = weekly.assign(
        sold_quantity=weekly["sold_quantity"].where(weekly["week_start_date"] != CUTOFF, weekly["sold_quantity"] + 50)
    )
    other = features.at(panel.build(changed), items, CUTOFF, limits)
    assert (other["cover_weeks_4"] < stock["cover_weeks_4"]).all()


def hand_item(sold: list[float], received: list[float], on_hand: list[float]) -> pd.DataFrame:
    amount = np.array(sold) * 2.0
    return pd.DataFrame(
        {
            "product_id": "P",
            "planning_location_id": "L",
            "week_start_date": pd.date_range("2017-01-02", periods=len(sold), freq="7D"),
            "sold_quantity": sold,
            "net_sales_amount": amount * 0.9,
            "gross_sales_amount": amount,
            "regular_unit_price": 2.0,
            "promoted_share": 0.25,
            "received_quantity": received,
            "closing_on_hand_quantity": on_hand,
            "closing_on_hand_amount": np.multiply(on_hand, 1.5),
            "closing_unit_cost": 1.5,
        }
    )


def test_features_by_hand(limits: Policy) -> None:
    sold = [4.0] * 8 + [4, 2, 0, 0]
    received = [100.0] + [0.0] * 11
    on_hand = list(100 - np.cumsum(sold))
    items = pd.DataFrame(
        {"product_id": ["P"], "planning_location_id": ["L"], "category_1": "a", "category_2": "b", "unit_cost": 9.0}
    )
    history = panel.build(hand_item(sold, received, on_hand))
    row = features.at(history, items, history.weeks[-1], limits).iloc[0]
    expected = {
        "on_hand_quantity": 62,
        "on_hand_amount": 93,
        "unit_cost": 1.5,
        "cover_weeks_4": 62 / 1.5,
        "cover_weeks_8": 62 / (22 / 8),
        "cover_weeks_13": 62 / (38 / 12),
        "weeks_since_sale": 2,
        "zero_share_13": 2 / 12,
        "demand_trend": 1.5 / 4 - 1,
        "weeks_since_receipt": 11,
        "received_to_stock_13": 100 / 62,
        "age_weeks": 12,
        "discount_pct_4": 0.1,
        "promoted_share_4": 0.25,
        "price_to_category": 1,
        "category_sell_through_13": 38 / 100,
        "category_trend": 1.5 / 4 - 1,
        "sales_rank_share": 0,
        "demand_cv_13": np.std([4.0] * 9 + [2, 0, 0], ddof=1) / (38 / 12),
        "stock_to_history": 62 / np.mean(on_hand),
    }
    assert row[list(expected)].astype(float).to_dict() == pytest.approx(expected)


def test_pace_and_season_of_a_year_by_hand(limits: Policy) -> None:
    """Of 80 weeks the last 52 begin with week 28: the 18 weeks from there on took 1 each, those before 3."""
    sold = [3.0] * 28 + [1.0] * 18 + [2.0] * 30 + [0.0] * 4
    items = pd.DataFrame(
        {"product_id": ["P"], "planning_location_id": ["L"], "category_1": "a", "category_2": "b", "unit_cost": 9.0}
    )
    history = panel.build(hand_item(sold, [0.0] * 80, [40.0] * 80))
    row = features.at(history, items, history.weeks[-1], limits).iloc[0]
    faded = sum(0.9**back * quantity for back, quantity in enumerate(reversed(sold[-52:])))
    expected = {
        "cover_weeks_26": 40 / (44 / 26),
        "cover_weeks_52": 40 / (78 / 52),
        "cover_weeks_faded": 40 / (faded / sum(0.9**back for back in range(52))),
        "zero_share_26": 4 / 26,
        "zero_share_52": 4 / 52,
        "gaps_since_sale": 4 * 49 / 53,
        "season_ratio": 1 / 3,
        "stock_to_last_year": 40 / 18,
        "shortfall_probability_52": float(demand_rate.shortfall_probability(78, 52, 18, 20)),
    }
    assert row[list(expected)].astype(float).to_dict() == pytest.approx(expected)
    assert reasons.season(row) == "a year ago these weeks took 33 % of the pace before"
    # Two months before the weeks a year ago must be known.
    late = panel.build(hand_item(sold, [0.0] * 80, [40.0] * 80).iloc[21:])
    assert np.isnan(features.at(late, items, history.weeks[-1], limits)["season_ratio"].iloc[0])


def test_item_without_any_sale(limits: Policy) -> None:
    items = pd.DataFrame(
        {"product_id": ["P"], "planning_location_id": ["L"], "category_1": "a", "category_2": "b", "unit_cost": 9.0}
    )
    history = panel.build(hand_item([0.0] * 13, [5.0] + [0.0] * 12, [5.0] * 13))
    row = features.at(history, items, history.weeks[-1], limits).iloc[0]
    assert row["weeks_since_sale"] == row["age_weeks"] == 13
    assert row["cover_weeks_13"] == features.MAXIMUM_COVER
    assert np.isnan(row["demand_trend"])
    # Half of 5 units is 2.5, so demand 0, 1 or 2 is a shortfall.
    assert row["shortfall_probability"] == pytest.approx(float(demand_rate.shortfall_probability(0, 13, 18, 3)))


def test_unknown_cost_comes_from_the_item(weekly: pd.DataFrame, items: pd.DataFrame, limits: Policy) -> None:
    history = panel.build(weekly.assign(closing_unit_cost=np.nan, closing_on_hand_amount=np.nan))
    stock = features.at(history, items, CUTOFF, limits)
    assert (stock["on_hand_amount"] == stock["on_hand_quantity"] * 1.5).all()


def test_demand_rate_by_hand() -> None:
    # Nothing sold in 13 weeks, 18 ahead: r = 1/2, p = 13/31; P(0) = sqrt(13/31), P(1) = P(0) / 2 * 18/31.
    none = (13 / 31) ** 0.5
    one = none * 0.5 * 18 / 31
    assert demand_rate.shortfall_probability(0, 13, 18, 1) == pytest.approx(none)
    assert demand_rate.shortfall_probability(0, 13, 18, 1.5) == pytest.approx(none + one)
    assert demand_rate.expected_unsold(0, 13, 18, 2) == pytest.approx(2 * none + one)


def test_demand_rate_against_simulation() -> None:
    generator = np.random.default_rng(5)
    rate = generator.gamma(30.5, 1 / 13, 400_000)
    demand = generator.poisson(rate * 18)
    assert demand_rate.shortfall_probability(30, 13, 18, 40) == pytest.approx((demand < 40).mean(), abs=0.003)
    assert demand_rate.expected_unsold(30, 13, 18, 50) == pytest.approx(np.maximum(50 - demand, 0).mean(), rel=0.01)
