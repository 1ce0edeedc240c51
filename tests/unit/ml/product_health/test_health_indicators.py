"""Figures from the rows of the star, and what came of them, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml.product_health import indicators, source, target
from ml.product_health.indicators import NAMES

CUTOFF = pd.Timestamp("2024-01-01")
LATER = pd.Timestamp("2024-04-01")


def week(product: str, monday: pd.Timestamp = CUTOFF, **figures: object) -> dict[str, object]:
    usual = {
        "product_id": product,
        "planning_location_id": "D",
        "week_start_date": monday,
        "sold_13w_quantity": 182.0,
        "net_sales_13w_amount": 364.0,
        "gross_margin_13w_amount": 100.0,
        "closing_on_hand_quantity": 20.0,
        "closing_on_hand_amount": 30.0,
        "closing_available_quantity": 15.0,
        "closing_inbound_quantity": 10.0,
        "backward_cover_days": 10.0,
        "turnover_unit": 9.0,
        "gmroi": 4.0,
        "sell_through_pct": 0.6,
        "sell_through_13w_pct": 0.8,
        "stockout_days_4w": 2,
        "age_weighted_days": 40.0,
        "return_pct": 0.05,
    }
    return usual | figures


def test_figures_of_a_product() -> None:
    found = indicators.figures(pd.DataFrame([week("p")])).iloc[0]
    # Three quarters of the stock are free; two a day sell, so ten on their way last five days.
    assert found.to_dict() == {
        "sales": 364, "margin": 100, "on_hand": 30, "available": 0.75, "inbound": 5, "cover": 10, "turnover": 9,
        "gmroi": 4, "sell_through": 0.6, "stockout": 2, "age": 40, "returns": 0.05,
    }  # fmt: skip
    assert list(found.index) == NAMES


def test_stock_that_nothing_sells_lasts_ten_years() -> None:
    idle = {"sold_13w_quantity": 0.0, "backward_cover_days": np.nan}
    rows = [week("p", **idle), week("q", **idle, closing_inbound_quantity=0.0), week("r", closing_on_hand_quantity=0.0)]
    found = indicators.figures(pd.DataFrame(rows))
    assert found["cover"].tolist() == [3650, 3650, 10]
    assert found["inbound"].tolist() == [3650, 0, 5]
    assert np.isnan(found["available"].iloc[2])


def test_more_is_healthier_once_figures_are_turned() -> None:
    found = indicators.figures(pd.DataFrame([week("p")]))
    turned = indicators.oriented(found).iloc[0]
    assert (turned["sales"], turned["cover"], turned["returns"]) == (364, -10, -0.05)


def test_products_without_stock_and_sales_are_left_out() -> None:
    rows = [
        week("stocked"),
        week("sold out", closing_on_hand_quantity=0.0),
        week("gone", closing_on_hand_quantity=0.0, sold_13w_quantity=0.0),
        week("unrecorded", closing_on_hand_quantity=np.nan),
    ]
    assert source.products(pd.DataFrame(rows))["product_id"].tolist() == ["stocked", "sold out"]


def test_target_is_the_mean_rank_of_what_came() -> None:
    rows = source.products(pd.DataFrame([week(name) for name in "abcd"]))
    later = [
        week("a", LATER, sell_through_13w_pct=0.9, gmroi=1.0),
        week("b", LATER, sell_through_13w_pct=0.5, gmroi=3.0),
        week("c", LATER, sell_through_13w_pct=0.1, gmroi=np.nan),
        week("d", LATER, sell_through_13w_pct=np.nan),
        # Thirteen weeks after another week than the cut-off.
        week("a", LATER + pd.Timedelta(weeks=1), sell_through_13w_pct=0.0),
    ]
    found = target.joined(rows, pd.DataFrame(later)).set_index("product_id")
    # Ranks of sell-through are 3/3, 2/3, 1/3, those of the margin on stock 1/2 and 2/2.
    assert found["target"].to_dict() == pytest.approx({"a": 0.75, "b": 5 / 6, "c": 1 / 3})


def test_later_weeks_change_what_came_and_nothing_else() -> None:
    rows = source.products(pd.DataFrame([week("a"), week("b", gmroi=1.0)]))
    later = pd.DataFrame([week("a", LATER), week("b", LATER, sell_through_13w_pct=0.1)])
    changed = later.assign(sell_through_13w_pct=[0.0, 0.9], gmroi=[0.0, 9.0], closing_on_hand_quantity=0.0)
    first, second = target.joined(rows, later), target.joined(rows, changed)
    pd.testing.assert_frame_equal(first[NAMES], second[NAMES])
    # The margin on stock is a tie at first.
    assert first["target"].tolist() == [0.875, 0.625]
    assert second["target"].tolist() == [0.5, 1.0]


def test_outcomes_are_known_thirteen_weeks_later() -> None:
    weeks = pd.date_range("2024-01-01", periods=15, freq="7D")
    assert target.known_cutoffs(weeks).tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-08")]
    assert len(target.known_cutoffs(weeks[:13])) == 0
