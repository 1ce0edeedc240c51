"""Backtest of slow-mover models: split by time with an embargo, measured at the natural base rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ml.slow_movers import model, rules
from ml.slow_movers.policy import Policy

TEST_CUTOFFS = 3
TEST_STEPS = (4, 2, 1)
FIRST_CUTOFF = 8
TRAINING_CUTOFFS = 12
MINIMUM_TRAINING_CUTOFFS = 4
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Split:
    """Cut-off weeks of a backtest.

    Attributes:
        training: Weeks learnt from, oldest first.
        test: Weeks measured on, oldest first.
        final: Weeks that the model put to use learns from after the backtest, up to the newest known outcome.
        embargo_weeks: Weeks between the last training and the first test cut-off.
        is_embargo_full: The training labels' windows had closed before the first test cut-off.
    """

    training: list[pd.Timestamp]
    test: list[pd.Timestamp]
    final: list[pd.Timestamp]
    embargo_weeks: int
    is_embargo_full: bool

    def describe(self) -> dict[str, object]:
        """Return what was done, for the registry."""
        return {
            "training_cutoffs": [f"{week:%Y-%m-%d}" for week in self.training],
            "test_cutoffs": [f"{week:%Y-%m-%d}" for week in self.test],
            "final_cutoffs": [f"{week:%Y-%m-%d}" for week in self.final],
            "embargo_weeks": self.embargo_weeks,
            "is_embargo_full": self.is_embargo_full,
        }


def split(known: pd.DatetimeIndex, horizon_weeks: int) -> Split | None:
    """Choose test and training cut-offs among the weeks whose outcome is known.

    The last three cut-offs test, four weeks apart where history allows, otherwise two or one. Training cut-offs end
    horizon_weeks before the first test cut-off, so that no training label reaches into the test. Where history is too
    short for that, the last cut-off alone tests, and the embargo shrinks to what leaves four training cut-offs; the
    result says so.

    Args:
        known: Mondays in order, from the first week of history to the last with a known outcome.
        horizon_weeks: Weeks from a cut-off to the end of its window.

    Returns:
        The split, or None where not even a shrunk embargo leaves four training cut-offs.
    """
    last = len(known) - 1
    usable = list(known[FIRST_CUTOFF - 1 :])
    for step in TEST_STEPS:
        test = [last - step * back for back in reversed(range(TEST_CUTOFFS))]
        training = usable[: max(test[0] - horizon_weeks - FIRST_CUTOFF + 2, 0)]
        if len(training) >= MINIMUM_TRAINING_CUTOFFS:
            return _split(training, [known[i] for i in test], usable, horizon_weeks)
    training = usable[: max(last - horizon_weeks - FIRST_CUTOFF + 2, MINIMUM_TRAINING_CUTOFFS)]
    if len(usable) <= len(training):
        return None
    return _split(training, usable[-1:], usable, horizon_weeks)


def _split(
    training: list[pd.Timestamp], test: list[pd.Timestamp], usable: list[pd.Timestamp], horizon_weeks: int
) -> Split:
    embargo = (test[0] - training[-1]).days // 7
    return Split(spread(training), test, spread(usable), embargo, embargo >= horizon_weeks)


def spread(weeks: list[pd.Timestamp]) -> list[pd.Timestamp]:
    """Return at most TRAINING_CUTOFFS weeks, evenly spread and with the last: neighbors hold nearly the same rows."""
    if len(weeks) <= TRAINING_CUTOFFS:
        return weeks
    chosen = np.linspace(0, len(weeks) - 1, TRAINING_CUTOFFS).round().astype(int)
    return [weeks[i] for i in chosen]


def backtest(rows: pd.DataFrame, plan: Split, policy: Policy) -> pd.DataFrame:
    """Fit every candidate on the training cut-offs and measure it and every rule on the test cut-offs.

    Args:
        rows: Features with cutoff, is_slow and unsold_share at all cut-offs of the plan.
        plan: Cut-offs.
        policy: Probability at which a row is flagged.

    Returns:
        One row per model or rule and test cut-off (NaT: all of them together) with the measures of ``measures``.
    """
    training = rows[rows["cutoff"].isin(plan.training)]
    test = rows[rows["cutoff"].isin(plan.test)]
    scores = {name: model.probability(model.fit(name, training), test) for name in model.CANDIDATES}
    scores |= {name: rule(test).to_numpy(dtype=np.float64) for name, rule in rules.RULES.items()}
    lines = []
    for name, score in scores.items():
        for cutoff in [*plan.test, pd.NaT]:
            chosen = np.ones(len(test), dtype=bool) if cutoff is pd.NaT else (test["cutoff"] == cutoff).to_numpy()
            figures = measures(test["is_slow"][chosen], score[chosen], policy.high_probability)
            lines.append({"model_name": name, "cutoff": cutoff, **figures})
    return pd.DataFrame(lines)


def pooled(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the measures over all test cut-offs together, by model or rule."""
    lines = table[table["cutoff"].isna()].drop(columns="cutoff").set_index("model_name")
    return {
        str(name): dict(zip(lines.columns, row, strict=True))
        for name, row in zip(lines.index, lines.to_numpy(float), strict=True)
    }


def choose(table: pd.DataFrame) -> str:
    """Return the candidate with the best PR-AUC over all test cut-offs; of equals the lower Brier score."""
    candidates = table[table["cutoff"].isna() & table["model_name"].isin(model.CANDIDATES)]
    best = candidates.sort_values(["pr_auc", "brier"], ascending=[False, True], kind="stable").iloc[0]
    return str(best["model_name"])


def measures(labels: ArrayLike, probabilities: ArrayLike, flag_at: float) -> dict[str, float]:
    """Return the measures of one set of scores.

    PR-AUC is average precision; calibration_error is the expected calibration error. Both areas are nan where only one
    class occurs, precision_at_flag where nothing is flagged, recall_at_flag where nothing is slow.

    Args:
        labels: True for slow movers, shape (n,).
        probabilities: Scores from 0 to 1, shape (n,).
        flag_at: Probability from which a row is flagged.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    slow = np.asarray(labels, dtype=bool)
    score = np.asarray(probabilities, dtype=np.float64)
    flagged = score >= flag_at
    hits = float((flagged & slow).sum())
    has_both = bool(slow.any() and not slow.all())
    return {
        "row_count": len(slow),
        "base_rate": float(slow.mean()),
        "pr_auc": float(average_precision_score(slow, score)) if has_both else np.nan,
        "roc_auc": float(roc_auc_score(slow, score)) if has_both else np.nan,
        "brier": float(np.mean((score - slow) ** 2)),
        "calibration_error": calibration_error(slow, score),
        "precision_at_flag": hits / flagged.sum() if flagged.any() else np.nan,
        "recall_at_flag": hits / slow.sum() if slow.any() else np.nan,
    }


def calibration_error(labels: NDArray[np.bool_], probabilities: NDArray[np.float64]) -> float:
    """Return the expected calibration error: mean |observed rate - mean probability| over ten equally wide bins.

    Bins are weighted by their rows (Naeini et al. 2015; Guo et al. 2017, equation 3).
    """
    bins = np.minimum((probabilities * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gap = np.bincount(bins, weights=labels - probabilities, minlength=CALIBRATION_BINS)
    return float(np.abs(gap).sum() / len(labels))
