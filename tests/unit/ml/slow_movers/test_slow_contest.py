"""Models beside rules and peers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ml import splits
from ml.slow_movers import contest, evaluate, examples, label, model
from ml.slow_movers.panel import Panel
from ml.slow_movers.policy import Policy
from ml.splits import Split


@pytest.fixture(scope="module")
def limits() -> Policy:
    """Shorter than usual, so that a year of history leaves room."""
    return Policy(lead_weeks=2, window_weeks=6, unsold_share=0.5, medium_probability=0.3, high_probability=0.6)


@pytest.fixture(scope="module")
def judged(history: Panel, items: pd.DataFrame, limits: Policy) -> tuple[pd.DataFrame, Split]:
    plan = splits.split(label.known_cutoffs(history, limits), limits.horizon_weeks)
    assert plan is not None
    return examples.build(history, items, sorted({*plan.training, *plan.test}), limits), plan


@pytest.fixture(scope="module")
def scored(judged: tuple[pd.DataFrame, Split], limits: Policy) -> tuple[pd.DataFrame, dict[str, float]]:
    """Scores of every method, and the seconds each took."""
    rows, plan = judged
    return contest.scores(rows, plan, limits)


def test_a_tenth_of_the_rows_captures_its_share_of_the_loss() -> None:
    """Of twenty rows two are the top tenth: those ranked first lose 50 and 30 of 100."""
    lost = np.array([50.0, 30.0, 20.0] + [0.0] * 17)
    assert contest.value_captured(lost, lost) == pytest.approx(0.8)
    assert contest.value_captured(lost, -lost) == 0
    # All alike: any two of twenty.
    assert contest.value_captured(lost, np.ones(20)) == pytest.approx(0.1)
    # The first three alike: two thirds of what they lose.
    assert contest.value_captured(lost, np.array([1.0] * 3 + [0.0] * 17)) == pytest.approx(2 / 3)
    assert np.isnan(contest.value_captured(np.zeros(20), lost))


def test_scores_know_nothing_of_the_outcomes_they_are_judged_by(
    judged: tuple[pd.DataFrame, Split], scored: tuple[pd.DataFrame, dict[str, float]], limits: Policy
) -> None:
    rows, plan = judged
    is_test = rows["cutoff"].isin(plan.test)
    turned = rows.assign(is_slow=rows["is_slow"] ^ is_test, unsold_share=rows["unsold_share"].where(~is_test, 0.5))
    methods = [contest.OURS, *model.CANDIDATES, contest.PEER]
    (found, _), (other, _) = scored, contest.scores(turned, plan, limits)
    pd.testing.assert_frame_equal(found[[*methods, "model_name"]], other[[*methods, "model_name"]])


def test_the_models_beat_the_rules(
    judged: tuple[pd.DataFrame, Split], scored: tuple[pd.DataFrame, dict[str, float]], limits: Policy
) -> None:
    _, plan = judged
    tested, seconds = scored
    table = contest.figures(tested, "unit_cost", limits)
    assert set(seconds) == set(table["method"])
    pooled = table[table["cutoff"].isna()].set_index("method")
    rules = pooled.loc[["no_sale_28d", "cover_over_13_weeks", "sales_down_40_age_90", "c_and_z"]]
    assert pooled.loc[contest.OURS, "pr_auc"] > rules["pr_auc"].max()
    assert (table["value_captured"] <= table["value_possible"] + 1e-9).all()
    assert len(table) == len(pooled) * (1 + len(plan.test))


@pytest.mark.parametrize(("knows", "name"), [(True, model.POOL), (False, model.BLEND)])
def test_where_cutoffs_are_few_the_pool_must_be_better_than_the_blend(
    judged: tuple[pd.DataFrame, Split], limits: Policy, knows: bool, name: str
) -> None:
    rows, plan = judged
    short = Split(plan.training[-2:], plan.test, plan.final, plan.embargo_weeks, is_embargo_full=True)
    training = rows[rows["cutoff"].isin(short.training)]
    slow = training["is_slow"] if knows else ~training["is_slow"]
    training = training.assign(dropout_probability=slow.map({True: 0.9, False: 0.1}))
    assert contest.chosen(training, short, limits) == name


def test_no_candidate_is_chosen_whose_probabilities_are_off() -> None:
    table = pd.DataFrame(
        {
            "model_name": ["blend", "bg_bb", "pool"],
            "cutoff": pd.NaT,
            "pr_auc": [0.6, 0.8, 0.7],
            "brier": 0.1,
            "calibration_error": [0.01, 0.05, 0.03],
        }
    )
    assert evaluate.choose(table) == "pool"
