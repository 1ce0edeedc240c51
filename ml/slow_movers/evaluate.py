"""Backtest of slow-mover models, measured at the natural base rate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ml.slow_movers import model, rules
from ml.slow_movers.policy import Policy
from ml.splits import Split

CALIBRATION_BINS = 10
CALIBRATION_SLACK = 0.02


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
    scores = {name: model.probability(fitted, test) for name, fitted in model.fit_all(training).items()}
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
    """Return the candidate with the best PR-AUC over all test cut-offs; of equals the lower Brier score.

    One whose probabilities are off is no choice however it ranks, because planners read them.
    """
    candidates = table[table["cutoff"].isna() & table["model_name"].isin(model.CANDIDATES)]
    candidates = candidates[
        candidates["calibration_error"] <= candidates["calibration_error"].min() + CALIBRATION_SLACK
    ]
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
