"""Frames of stock and sales of any origin, brought to whole weeks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ml.given_frames import FrameError
from ml.slow_movers import frame
from ml.slow_movers.frame import History

# A Wednesday.
FIRST = pd.Timestamp("2024-01-03")


def rows(days: int = 21, **columns: Any) -> pd.DataFrame:
    dates = pd.date_range(FIRST, periods=days, freq="D")
    return pd.DataFrame({"item": "a", "place": "d", "date": dates, "sold_quantity": 1.0} | columns)


def read(content: pd.DataFrame, folder: Path, suffix: str = ".parquet") -> History:
    path = folder / f"frame{suffix}"
    if suffix == ".csv":
        content.to_csv(path, index=False)
    else:
        content.to_parquet(path, index=False)
    return frame.read(path)


def test_days_become_whole_weeks(tmp_path: Path) -> None:
    """From Wednesday 3 to Tuesday 23 January lie the weeks of the 8th and the 15th."""
    stock = np.arange(100.0, 79.0, -1)
    found = read(rows(on_hand_quantity=stock, price=2.0, unit_cost=1.5), tmp_path).weekly
    assert found["week_start_date"].dt.strftime("%m-%d").tolist() == ["01-08", "01-15"]
    assert found["sold_quantity"].tolist() == [7, 7]
    # The stock of each Sunday.
    assert found["closing_on_hand_quantity"].tolist() == [89, 82]
    assert found["closing_on_hand_amount"].tolist() == [89 * 1.5, 82 * 1.5]
    assert found["net_sales_amount"].tolist() == [14, 14]


def test_weeks_without_a_row_sold_nothing_and_keep_stock_and_price(tmp_path: Path) -> None:
    weeks = pd.date_range("2024-01-07", periods=5, freq="7D")
    some = pd.DataFrame(
        {"item": "a", "date": weeks[[0, 3]], "sold_quantity": [3.0, 1.0], "on_hand_quantity": [9, 5], "price": [2, 4]}
    )
    other = pd.DataFrame({"item": "b", "date": weeks[[4]], "sold_quantity": 2.0, "on_hand_quantity": 1, "price": 1})
    history = read(pd.concat([some, other]), tmp_path, ".csv")
    found = history.weekly[history.weekly["product_id"] == "a"]
    # Rows of Sundays stand for the weeks that end on them.
    assert found["week_start_date"].iloc[0] == pd.Timestamp("2024-01-01")
    assert found["sold_quantity"].tolist() == [3, 0, 0, 1, 0]
    assert found["closing_on_hand_quantity"].tolist() == [9, 9, 9, 5, 5]
    assert found["regular_unit_price"].tolist() == [2, 2, 2, 4, 4]
    assert (history.weekly["product_id"] == "b").sum() == 1
    assert history.items["planning_location_id"].unique().tolist() == ["ALL"]


def test_without_stock_each_item_is_one_unit(tmp_path: Path) -> None:
    history = read(rows(), tmp_path)
    assert (history.has_stock, history.has_value) == (False, False)
    assert history.weekly["closing_on_hand_quantity"].tolist() == [1, 1]


def test_stock_of_a_week_that_is_not_whole_lasts(tmp_path: Path) -> None:
    """It was counted on the first Wednesday alone; what sold until Sunday is of no whole week."""
    found = read(rows(on_hand_quantity=[50.0] + [np.nan] * 20), tmp_path).weekly
    assert found["closing_on_hand_quantity"].tolist() == [50, 50]
    assert found["sold_quantity"].tolist() == [7, 7]
    whole = read(rows(days=19), tmp_path).weekly
    assert len(whole) == 2, "a frame that ends on a Sunday keeps its last week"


def test_returns_are_no_demand(tmp_path: Path) -> None:
    found = read(rows(sold_quantity=[1.0] * 10 + [-5.0] + [1.0] * 10), tmp_path).weekly
    assert found["sold_quantity"].tolist() == [6, 7]


def test_category_and_cost_are_those_first_said(tmp_path: Path) -> None:
    said = rows(category=[None, "tea"] + ["gone"] * 19, unit_cost=[np.nan] * 3 + [2.0] * 17 + [9.0])
    (item,) = read(said, tmp_path).items.to_dict("records")
    assert (item["category_1"], item["unit_cost"]) == ("tea", 2.0)


MONTHS = pd.date_range("2024-01-01", periods=21, freq="MS")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(rows().drop(columns="sold_quantity"), "has no column sold_quantity", id="no-quantity"),
        pytest.param(rows(item=["a"] * 20 + [None]), "item is empty in row 21", id="no-item"),
        pytest.param(rows(date=["2024-01-03"] * 20 + ["soon"]), "date is no date in row 21: 'soon'", id="no-date"),
        pytest.param(rows(sold_quantity=[1.0] * 20 + [np.inf]), "sold_quantity is infinite in row 21", id="infinite"),
        pytest.param(rows(sold_quantity=[1.0] * 20 + [np.nan]), "sold_quantity is empty in row 21", id="not-told"),
        pytest.param(rows(date=[FIRST] * 21), "a at d has 2024-01-03 twice .row 2, 3, 4 and 17 more.: add", id="twice"),
        pytest.param(rows(price=[1.0] * 20 + [-1.0]), "price is below 0 .row 21", id="negative-price"),
        pytest.param(rows(date=MONTHS), "28 days or more apart; give days or weeks", id="months"),
        pytest.param(
            rows(date=[pd.Timestamp("1900-01-01"), *pd.date_range(FIRST, periods=20)]),
            "from 1900-01-01 to 2024-01-22, more than 30 years",
            id="one-date-far-off",
        ),
        pytest.param(rows(days=6), "no whole week", id="too-short"),
        pytest.param(rows(days=0), "has no rows", id="empty"),
    ],
)
def test_unusable_frames_are_refused_by_row_and_column(content: pd.DataFrame, message: str, tmp_path: Path) -> None:
    with pytest.raises(FrameError, match=message):
        read(content, tmp_path)
