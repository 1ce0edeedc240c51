from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml.slow_movers import label, panel, policy

SHORT = policy.Policy(lead_weeks=1, window_weeks=2, unsold_share=0.5, medium_probability=0.3, high_probability=0.6)
CUTOFF = pd.Timestamp("2017-01-02")
TEXTS = {
    "slow_movers.lead_days": "35",
    "slow_movers.window_days": "90",
    "slow_movers.unsold_share": "0.5",
    "slow_movers.medium_probability": "0.3",
    "slow_movers.high_probability": "0.6",
    "slow_movers.release_probability": "0.5",
}


def one_item(on_hand: float, later: list[float]) -> panel.Panel:
    """One item with stock at the end of the first week and demand in the weeks after."""
    weeks = pd.date_range(CUTOFF, periods=len(later) + 1, freq="7D")
    frame = pd.DataFrame(dict.fromkeys(panel.MEASURES, np.nan), index=range(len(weeks))).assign(
        product_id="P",
        planning_location_id="L",
        week_start_date=weeks,
        sold_quantity=[9.0, *later],
        closing_on_hand_quantity=[on_hand] + [np.nan] * len(later),
    )
    return panel.build(frame)


@pytest.mark.parametrize(
    ("on_hand", "later", "unsold", "is_slow", "has_no_sale"),
    [
        pytest.param(10, [1, 2, 1], 6, True, False, id="six of ten are left"),
        pytest.param(10, [1, 2, 2], 5, False, False, id="exactly half left is not more than half"),
        pytest.param(10, [6, 0, 0], 4, False, True, id="what sells in the lead is not unsold"),
        pytest.param(10, [0, 0, 0], 10, True, True, id="nothing sells"),
        pytest.param(10, [5, 9, 9], 0, False, False, id="demand beyond the stock leaves nothing"),
        pytest.param(10, [1, 1, 1, 50], 7, True, False, id="demand after the window does not count"),
    ],
)
def test_outcome_by_hand(on_hand: float, later: list[float], unsold: float, is_slow: bool, has_no_sale: bool) -> None:
    row = label.outcomes(one_item(on_hand, later), CUTOFF, SHORT).iloc[0]
    assert row["unsold_quantity"] == unsold
    assert row["unsold_share"] == unsold / on_hand
    assert row["is_slow"] == is_slow
    assert row["has_no_sale"] == has_no_sale


def test_no_stock_has_no_outcome() -> None:
    assert label.outcomes(one_item(0, [1, 1, 1]), CUTOFF, SHORT).empty


def test_outcome_is_unknown_until_the_window_has_closed() -> None:
    open_window = one_item(10, [1, 1])
    assert label.known_cutoffs(open_window, SHORT).empty
    with pytest.raises(ValueError, match="2017-01-02 is not known before its window has closed"):
        label.outcomes(open_window, CUTOFF, SHORT)
    assert list(label.known_cutoffs(one_item(10, [1, 1, 1]), SHORT)) == [CUTOFF]


@pytest.mark.parametrize("week", [1, 5, 6, 18, 19])
def test_label_and_window_dates_speak_of_the_same_weeks(week: int) -> None:
    """A unit of two sells in one week after the stock date: 5 weeks of lead, 13 of window, and the one after."""
    limits = policy.parse(TEXTS)
    history = one_item(2, [float(number == week) for number in range(1, 20)])
    row = label.outcomes(history, CUTOFF, limits).iloc[0]
    stock_date = (CUTOFF + pd.Timedelta(days=6)).date()
    first, last = limits.window(stock_date)
    monday = (CUTOFF + pd.Timedelta(weeks=week)).date()
    assert row["has_no_sale"] == (not first <= monday <= last)
    assert row["unsold_quantity"] == (1 if monday <= last else 2)
    assert ((first - stock_date).days, (last - stock_date).days) == (36, 126)


def test_a_model_scores_by_the_window_it_learnt() -> None:
    learnt = policy.parse(TEXTS | {"slow_movers.lead_days": "14"})
    now = policy.parse(TEXTS | {"slow_movers.high_probability": "0.9"}).as_learnt(learnt.parameters())
    assert (now.lead_weeks, now.window_weeks, now.high_probability) == (2, 13, 0.9)


def test_days_become_whole_weeks() -> None:
    parsed = policy.parse(TEXTS)
    assert (parsed.lead_weeks, parsed.window_weeks, parsed.horizon_weeks) == (5, 13, 18)
    # Days 36 to 126 after the last Sunday of 2017.
    assert parsed.window(date(2017, 12, 31)) == (date(2018, 2, 5), date(2018, 5, 6))


@pytest.mark.parametrize(
    ("name", "text"),
    [("lead_days", "-1"), ("window_days", "0"), ("unsold_share", "1"), ("high_probability", "0.2")],
)
def test_policy_outside_its_range_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"slow_movers.{name}|{name}"):
        policy.parse(TEXTS | {f"slow_movers.{name}": text})


@pytest.mark.parametrize("change", ["gap", "twice", "tuesday"])
def test_history_with_holes_is_refused(weekly: pd.DataFrame, change: str) -> None:
    rows = weekly[weekly["product_id"] == "P0001"].reset_index(drop=True)
    if change == "gap":
        rows = rows.drop(index=5)
    elif change == "twice":
        rows = pd.concat([rows, rows.iloc[[5]]])
    else:
        rows.loc[5, "week_start_date"] += pd.Timedelta(days=1)
    with pytest.raises(ValueError, match="product P0001, planning location DC1: week .* rebuild"):
        panel.build(rows)
