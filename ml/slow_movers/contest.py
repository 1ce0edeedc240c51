"""The models beside named rules and beside what is simpler, on the same stock, each by the same figures."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pandas as pd

from ml import splits
from ml.metrics import Floats
from ml.slow_movers import evaluate, model, rules
from ml.slow_movers.model import Model
from ml.slow_movers.policy import Policy
from ml.splits import Split

OURS, PEER = "engine", "lightgbm"
TOP_SHARE = 0.1
# A better ranking may err so much more in its probabilities, which few weeks do not tell closer.
MOST_BRIER = 1.02


def scores(rows: pd.DataFrame, plan: Split, policy: Policy) -> tuple[pd.DataFrame, dict[str, float]]:
    """Score the stock of the test cut-offs by every method, fitted on the training cut-offs alone.

    Args:
        rows: Features with cutoff, is_slow, unsold_share and unsold_quantity at all cut-offs of the plan.
        plan: Cut-offs.
        policy: Probability at which the engine's choice is judged.

    Returns:
        The rows of the test cut-offs with a column per method: the engine, its candidates, the peer and the rules, and
        ``expected_share``, what the engine expects to be left; and the seconds that each took. The engine is the
        candidate that did best in a backtest inside the training cut-offs, so the test has no say in it.
    """
    training, test = (rows[rows["cutoff"].isin(cutoffs)] for cutoffs in (plan.training, plan.test))
    found, seconds = {}, {}
    models: dict[str, Model] = {}
    methods: dict[str, Callable[[], Floats]] = {
        **{name: partial(_candidate, name, training, test, models) for name in model.CANDIDATES},
        PEER: partial(_lightgbm, training, test),
        **{name: partial(_ruled, name, test) for name in rules.RULES},
    }
    for name, method in methods.items():
        started = time.monotonic()
        found[name] = method()
        seconds[name] = time.monotonic() - started
    seconds[model.POOL] += seconds[model.BLEND]
    started = time.monotonic()
    best = chosen(training, plan, policy)
    seconds[OURS] = seconds[best] + time.monotonic() - started
    expected = model.unsold_share(models[best], test)
    return test.assign(**{OURS: found[best], **found}, model_name=best, expected_share=expected), seconds


def chosen(training: pd.DataFrame, plan: Split, policy: Policy) -> str:
    """Return the candidate with the best PR-AUC on the last training cut-off, fitted on those before its embargo.

    Where they are too few for that, the blend or its pool, by the stock that the calibration learns from.
    """
    last = plan.training[-1]
    earlier = [week for week in plan.training if (last - week).days // 7 >= policy.horizon_weeks]
    known, judged = training[training["cutoff"].isin(earlier)], training[training["cutoff"] == last]
    kinds = [group["is_slow"].nunique() for group in (known, known[model.is_later(known)], judged)] if earlier else [0]
    if len(earlier) < splits.MINIMUM_TRAINING_CUTOFFS or min(kinds) < 2:
        return pooled_or_not(training, policy)
    inner = Split(earlier, [last], earlier, policy.horizon_weeks, is_embargo_full=True)
    return evaluate.choose(evaluate.backtest(training, inner, policy))


def pooled_or_not(training: pd.DataFrame, policy: Policy) -> str:
    """Return the pool where it ranks better than the blend and errs no more, on stock that the blend had not seen."""
    later, blended = model.later_scores(model.BLEND, training)
    alone, together = (
        evaluate.measures(later["is_slow"], score, policy.high_probability)
        for score in (blended, model.opinion(blended, later))
    )
    is_better = together["pr_auc"] > alone["pr_auc"] and together["brier"] <= MOST_BRIER * alone["brier"]
    return model.POOL if is_better else model.BLEND


def figures(tested: pd.DataFrame, value: str, policy: Policy) -> pd.DataFrame:
    """Return the figures of every method, per cut-off and of all together.

    Args:
        tested: What scores returned.
        value: Column with the worth of one unit on hand.
        policy: Probability at which a row is flagged.

    Returns:
        One row per method and cut-off (NaT: all of them) with the measures of evaluate.measures, ``value_captured``,
        and ``value_possible``: what a ranking by the losses themselves would have captured.
    """
    methods = [OURS, *model.CANDIDATES, PEER, *rules.RULES]
    lines = []
    for cutoff in [pd.NaT, *sorted(tested["cutoff"].unique())]:
        part = tested if cutoff is pd.NaT else tested[tested["cutoff"] == cutoff]
        at_stake = (part["on_hand_quantity"] * part[value]).to_numpy()
        lost = (part["unsold_quantity"] * part[value]).to_numpy()
        possible = value_captured(lost, lost)
        for method in methods:
            score = part[method].to_numpy()
            found = evaluate.measures(part["is_slow"], score, policy.high_probability)
            # The engine also says how much it expects to be left, as planners' lists are ranked.
            expected = part["expected_share"].to_numpy() if method == OURS else score
            captured = value_captured(lost, expected * at_stake)
            lines.append(
                {"method": method, "cutoff": cutoff, **found, "value_captured": captured, "value_possible": possible}
            )
    return pd.DataFrame(lines)


def value_captured(lost: Floats, rank_by: Floats) -> float:
    """Return what share of the value lost lies in the tenth of the rows ranked first; nan where none was lost.

    Args:
        lost: Value left unsold, at least 0, shape (n,).
        rank_by: Expected loss, shape (n,); rows of equal rank count as their mean.
    """
    total = lost.sum()
    if not total > 0:
        return float("nan")
    wanted = TOP_SHARE * len(lost)
    frame = pd.DataFrame({"rank": -rank_by, "lost": lost}).groupby("rank")["lost"].agg(["sum", "size"])
    before = frame["size"].cumsum() - frame["size"]
    share = ((wanted - before) / frame["size"]).clip(0.0, 1.0)
    return float((frame["sum"] * share).sum() / total)


def _candidate(name: str, training: pd.DataFrame, test: pd.DataFrame, models: dict[str, Model]) -> Floats:
    models[name] = model.pooled(models[model.BLEND]) if name == model.POOL else model.fit(name, training)
    return model.probability(models[name], test)


def _ruled(name: str, test: pd.DataFrame) -> Floats:
    return rules.RULES[name](test).to_numpy(dtype=float)


def _lightgbm(training: pd.DataFrame, test: pd.DataFrame) -> Floats:
    """LightGBM as it comes, on the same features."""
    import lightgbm

    fitted = lightgbm.LGBMClassifier(random_state=model.SEED, verbosity=-1, n_jobs=1)
    fitted.fit(model.matrix(training), training["is_slow"])
    result: Floats = fitted.predict_proba(model.matrix(test))[:, 1]
    return result
