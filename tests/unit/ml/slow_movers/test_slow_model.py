from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ml import splits
from ml.slow_movers import evaluate, examples, features, label, model, panel, rules, score
from ml.slow_movers.policy import Policy


@pytest.fixture(scope="module")
def plan(history: panel.Panel, limits: Policy) -> splits.Split:
    chosen = splits.split(label.known_cutoffs(history, limits), limits.horizon_weeks)
    assert chosen is not None
    return chosen


@pytest.fixture(scope="module")
def rows(history: panel.Panel, items: pd.DataFrame, limits: Policy, plan: splits.Split) -> pd.DataFrame:
    return examples.build(history, items, sorted({*plan.training, *plan.test}), limits)


@pytest.fixture(scope="module")
def backtest(rows: pd.DataFrame, plan: splits.Split, limits: Policy) -> pd.DataFrame:
    return evaluate.backtest(rows, plan, limits)


def test_a_year_of_history_keeps_the_full_embargo(plan: splits.Split) -> None:
    # 53 weeks, the last 18 without an outcome: the newest test cut-off is week 35 (2017-08-21).
    assert [f"{week:%Y-%m-%d}" for week in plan.test] == ["2017-07-24", "2017-08-07", "2017-08-21"]
    assert f"{plan.training[0]:%Y-%m-%d}" == "2017-02-13"
    assert f"{plan.training[-1]:%Y-%m-%d}" == "2017-03-20"
    assert (plan.embargo_weeks, plan.is_embargo_full) == (18, True)


@pytest.mark.parametrize("weeks", [1, 11, 12, 20, 28, 29, 30, 31, 35, 40, 53, 90, 140])
def test_training_labels_never_reach_into_a_test_with_full_embargo(weeks: int) -> None:
    known = pd.date_range("2015-01-05", periods=weeks, freq="7D")
    chosen = splits.split(known, 18)
    if chosen is None:
        assert weeks <= 11
        return
    assert chosen.test[-1] == known[-1]
    assert max(chosen.training) < min(chosen.test)
    closes = max(chosen.training) + pd.Timedelta(weeks=18)
    assert chosen.is_embargo_full == (closes <= min(chosen.test))
    # Cut-offs 8 to 11 train; the window of the eleventh closes with week 29, the first that can then test.
    assert chosen.is_embargo_full == (weeks >= 29)
    assert set(chosen.training) | set(chosen.test) <= set(known[7:])
    assert len(chosen.final) <= splits.TRAINING_CUTOFFS
    assert chosen.final[-1] == known[-1]


def test_measures_by_hand() -> None:
    figures = evaluate.measures([True, False, True, False], [0.9, 0.8, 0.2, 0.1], 0.6)
    # Ranked: hit, miss, hit, miss. Average precision = (1/1 + 2/3) / 2; three of four pairs are in order.
    assert figures["pr_auc"] == pytest.approx(5 / 6)
    assert figures["roc_auc"] == pytest.approx(3 / 4)
    assert figures["brier"] == pytest.approx((0.01 + 0.64 + 0.64 + 0.01) / 4)
    # Each score has a bin of its own: gaps .1, .8, .8, .1.
    assert figures["calibration_error"] == pytest.approx((0.1 + 0.8 + 0.8 + 0.1) / 4)
    assert figures["precision_at_flag"] == pytest.approx(0.5)
    assert figures["recall_at_flag"] == pytest.approx(0.5)


def test_measures_without_cases_are_unknown() -> None:
    figures = evaluate.measures([False, False], [0.1, 0.2], 0.6)
    assert np.isnan(
        [figures["pr_auc"], figures["roc_auc"], figures["precision_at_flag"], figures["recall_at_flag"]]
    ).all()


def test_calibration_error_averages_within_a_bin() -> None:
    # One bin: four rows at .25, one of them slow: no gap.
    assert evaluate.measures([True, False, False, False], [0.25] * 4, 0.6)["calibration_error"] == pytest.approx(0)


def test_backtest_measures_everything_at_the_natural_base_rate(
    backtest: pd.DataFrame, rows: pd.DataFrame, plan: splits.Split
) -> None:
    assert set(backtest["model_name"]) == {*model.CANDIDATES, *rules.RULES}
    test = rows[rows["cutoff"].isin(plan.test)]
    pooled = backtest[backtest["cutoff"].isna()]
    assert (pooled["row_count"] == len(test)).all()
    assert pooled["base_rate"].to_numpy() == pytest.approx(test["is_slow"].mean())
    assert backtest.groupby("model_name").size().eq(4).all()


def test_champion_beats_the_rules_and_is_calibrated(backtest: pd.DataFrame) -> None:
    pooled = evaluate.pooled(backtest)
    champion = pooled[evaluate.choose(backtest)]
    assert champion["pr_auc"] == max(line["pr_auc"] for line in pooled.values())
    assert champion["pr_auc"] > 1.5 * max(pooled[name]["pr_auc"] for name in rules.RULES)
    assert champion["calibration_error"] < 0.03


@pytest.mark.parametrize("name", model.CANDIDATES)
def test_fit_is_deterministic_and_right_on_average(name: str, rows: pd.DataFrame, plan: splits.Split) -> None:
    training = rows[rows["cutoff"].isin(plan.training)]
    later = rows[rows["cutoff"].isin(plan.test)]
    first, second = model.fit(name, training), model.fit(name, training)
    probability = model.probability(first, later)
    np.testing.assert_array_equal(probability, model.probability(second, later))
    assert probability.mean() == pytest.approx(later["is_slow"].mean(), abs=0.03)
    share = model.unsold_share(first, later)
    assert share.mean() == pytest.approx(later["unsold_share"].mean(), abs=0.03)


@pytest.mark.parametrize("name", [model.GRADIENT_BOOSTING, model.DEMAND_RATE])
def test_more_cover_never_lowers_the_probability(name: str, rows: pd.DataFrame) -> None:
    fitted = model.fit(name, rows)
    lasting = ["shortfall_probability", "cover_weeks_4", "cover_weeks_8", "cover_weeks_13"]
    more = rows.assign(**{column: rows[column] * 1.5 for column in lasting})
    more["shortfall_probability"] = more["shortfall_probability"].clip(upper=1)
    assert (model.probability(fitted, more) >= model.probability(fitted, rows) - 1e-12).all()


def test_score_table(
    history: panel.Panel, items: pd.DataFrame, limits: Policy, rows: pd.DataFrame, weekly: pd.DataFrame
) -> None:
    stock = features.at(history, items, history.weeks[-1], limits)
    scored = score.table(stock, model.fit(model.LOGISTIC_REGRESSION, rows), limits, date(2017, 12, 31))
    last = weekly[(weekly["week_start_date"] == history.weeks[-1]) & (weekly["closing_on_hand_quantity"] > 0)]
    assert len(scored) == len(last)
    assert scored["on_hand_quantity"].sum() == last["closing_on_hand_quantity"].sum()
    assert scored["probability"].between(0, 1).all()
    assert (scored["is_flagged"] == (scored["probability"] >= 0.6)).all()
    bands = pd.cut(scored["probability"], [-1, 0.3, 0.6, 2], right=False, labels=["low", "medium", "high"])
    assert (scored["risk_band"] == bands.astype(str)).all()
    assert set(scored["risk_band"]) == {"low", "medium", "high"}
    assert scored["expected_unsold_quantity"].between(0, scored["on_hand_quantity"]).all()
    assert scored["reason_1"].notna().all()


def test_flag_stays_down_to_its_release(
    history: panel.Panel, items: pd.DataFrame, limits: Policy, rows: pd.DataFrame
) -> None:
    stock = features.at(history, items, history.weeks[-1], limits)
    fitted = model.fit(model.LOGISTIC_REGRESSION, rows)
    everything = pd.MultiIndex.from_frame(stock[["product_id", "planning_location_id"]])
    scored = score.table(stock, fitted, limits, date(2017, 12, 31), everything)
    between = scored["probability"].between(0.5, 0.6, inclusive="left")
    assert between.any()
    assert (scored["is_flagged"] == (scored["probability"] >= 0.5)).all()
    one = scored[between].head(1)
    known = pd.MultiIndex.from_frame(one[["product_id", "planning_location_id"]])
    again = score.table(stock, fitted, limits, date(2017, 12, 31), known)
    assert again.loc[again["probability"] < 0.6, "is_flagged"].sum() == 1


def test_model_without_labels_is_the_arithmetic_itself(
    history: panel.Panel, items: pd.DataFrame, limits: Policy
) -> None:
    stock = features.at(history, items, history.weeks[-1], limits)
    scored = score.table(stock, model.uncalibrated(), limits, date(2017, 12, 31))
    assert (scored["probability"] == stock["shortfall_probability"]).all()
    assert scored["reason_1"].str.match(r"cover|no demand").all()
    assert scored["reason_2"].isna().all()
