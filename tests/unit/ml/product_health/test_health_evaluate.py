"""How the index is judged and what it says, by hand and against other libraries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from ml.product_health import evaluate, model, reasons
from ml.product_health.indicators import NAMES
from ml.splits import Split

MONDAYS = list(pd.date_range("2024-01-01", periods=30, freq="7D"))
SEED = 3


def drawn(products: int = 60) -> pd.DataFrame:
    generator = np.random.default_rng(SEED)
    parts = []
    for cutoff in MONDAYS:
        frame = pd.DataFrame(generator.random((products, len(NAMES))), columns=NAMES)
        wanted = frame["gmroi"] + frame["sell_through"] - frame["age"]
        frame["later_sell_through"] = wanted + generator.normal(0, 0.2, products)
        frame["later_gmroi"] = wanted + generator.normal(0, 0.4, products)
        frame["later_margin"] = frame["later_gmroi"].where(frame.index % 2 == 0)
        frame["target"] = frame[["later_sell_through", "later_gmroi"]].rank(pct=True).mean(axis=1)
        parts.append(frame.assign(cutoff=cutoff))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return drawn()


PLAN = Split(MONDAYS[:14], [MONDAYS[27], MONDAYS[29]], MONDAYS, 13, is_embargo_full=True)


def test_rank_correlation_is_that_of_scipy(rows: pd.DataFrame) -> None:
    rounded = rows["gmroi"].round(1)
    expected = spearmanr(rounded, rows["later_margin"], nan_policy="omit").statistic
    assert evaluate.spearman(rounded, rows["later_margin"]) == pytest.approx(expected)
    assert np.isnan(evaluate.spearman(rounded * 0, rows["later_margin"]))


def test_index_is_measured_beside_every_indicator_alone(rows: pd.DataFrame) -> None:
    found = evaluate.backtest(rows, PLAN)
    assert set(found["method_name"]) == {*model.CANDIDATES, *NAMES}
    assert len(found) == 2 * (len(model.CANDIDATES) + len(NAMES))
    assert set(found["row_count"]) == {60}
    means = evaluate.means(found)
    alone = max(means[name]["target_correlation"] for name in NAMES)
    assert means[model.STRAIGHT]["target_correlation"] > alone + 0.1
    by_age = spearmanr(-rows["age"][rows["cutoff"] == MONDAYS[29]], rows["target"][rows["cutoff"] == MONDAYS[29]])
    last = found[(found["method_name"] == "age") & (found["cutoff"] == MONDAYS[29])]
    assert last["target_correlation"].item() == pytest.approx(by_age.statistic)


def test_test_weeks_have_no_say_in_what_is_learnt_or_chosen(rows: pd.DataFrame) -> None:
    long = Split(MONDAYS[:20], [MONDAYS[29]], MONDAYS, 10, is_embargo_full=False)
    changed = rows.assign(target=rows["target"].where(rows["cutoff"] <= MONDAYS[19], 1 - rows["target"]))
    columns = [f"by_{name}" for name in model.CANDIDATES]
    for plan in (PLAN, long):
        first, second = evaluate.scores(rows, plan), evaluate.scores(changed, plan)
        pd.testing.assert_frame_equal(first[columns], second[columns])
    assert evaluate.choose(rows, long) == evaluate.choose(changed, long) != model.EQUAL
    assert evaluate.choose(rows, PLAN) == evaluate.choose(changed, PLAN)
    # Four weeks to learn from leave none to choose by.
    four = Split(MONDAYS[:4], [MONDAYS[29]], MONDAYS, 26, is_embargo_full=True)
    assert evaluate.choose(rows, four) == model.STRAIGHT


def test_reasons_tell_points_and_figures() -> None:
    known = pd.DataFrame([dict.fromkeys(NAMES, 0.0) | {"cover": 120.0, "sell_through": 0.125, "gmroi": 0.5}])
    parts = pd.DataFrame([dict.fromkeys(NAMES, 1.0) | {"cover": 0.25, "sell_through": 0.5, "gmroi": 0.9}])
    weights = pd.DataFrame([dict.fromkeys(NAMES, 0.0) | {"cover": 0.4, "sell_through": 0.5, "gmroi": 0.1}])
    # 100 x 0.4 x 0.75 and 100 x 0.5 x 0.5; 100 x 0.1 x 0.1 is one point.
    assert reasons.explain(known, parts, weights).iloc[0].tolist() == [
        "stock for 120 days: -30.0 of 40.0 points",
        "12 % of the stock sold in 4 weeks: -25.0 of 50.0 points",
        "earns 0.50 a year on 1.00 of stock: -1.0 of 10.0 points",
    ]
    whole = reasons.explain(known, parts * 0 + 1, weights).iloc[0]
    assert whole.tolist() == ["no indicator takes a point away", None, None]


@pytest.mark.parametrize("name", NAMES)
def test_every_indicator_has_words(name: str) -> None:
    assert reasons.SENTENCES[name](0.0)
    assert "%" not in reasons.SENTENCES[name](0.5) or " %" in reasons.SENTENCES[name](0.5)


def test_stock_that_nothing_sells_is_called_so() -> None:
    assert reasons.SENTENCES["cover"](3650) == "stock that nothing sells"
    assert reasons.SENTENCES["inbound"](3650) == "on its way: sales of ten years or more"
