"""The figures as they stand in docs/slow-movers.md."""

from __future__ import annotations

import pandas as pd

from benchmarks.forecast.page import where
from benchmarks.slow_movers.lead import Lead
from ml.slow_movers import contest, evaluate, model, rules
from ml.slow_movers.door import Measured
from ml.slow_movers.policy import Policy
from ml.slow_movers.report import FIGURES


def text(
    name: str, found: Measured, early: Lead, best: pd.DataFrame | None, others: pd.DataFrame, policy: Policy
) -> str:
    """Return all that is told of a data set.

    Args:
        name: Data set.
        found: Backtest.
        early: How early alarms come.
        best: What truth.known says of each tested stock, where the truth is known.
        others: What tried.table returned.
        policy: What is slow.
    """
    parts = [figures(name, found)]
    if best is not None:
        parts.append(_reachable(found, best, policy))
    parts.append(
        f"Of the slow stock that it flags before the window ends, the engine has flagged {early.of_engine:.0%} by the "
        f"cut-off, {7 * policy.lead_weeks} days before the window begins; of what the rule no_sale_28d flags, "
        f"{early.of_rule:.0%} are by then."
    )
    shown = ("pr_auc", "calibration_error", "value_captured")
    lines = [
        f"| gradient boosting | {' | '.join(FIGURES[column] for column in shown)} |",
        f"|---|{'---|' * len(shown)}",
        *(
            f"| {row['features']} | {' | '.join(f'{row[column]:.3f}' for column in shown)} |"
            for row in others.to_dict("records")
        ),
    ]
    return "\n\n".join([*parts, "\n".join(lines)])


def _reachable(found: Measured, best: pd.DataFrame, policy: Policy) -> str:
    """Say what is reached by who knows the truth, beside what the aims would ask of it."""
    tested = found.tested
    pr_auc = evaluate.measures(tested["is_slow"], best["probability"], policy.high_probability)["pr_auc"]
    lost, at_stake = ((tested[name] * tested["worth"]).to_numpy() for name in ("unsold_quantity", "on_hand_quantity"))
    table = found.figures[found.figures["cutoff"].isna()].set_index("method")["pr_auc"]
    peers = {
        "best rule": table[list(rules.RULES)].max(),
        "logistic regression": table[model.LOGISTIC_REGRESSION],
        "LightGBM": table[contest.PEER],
    }
    ratios = ", ".join(f"{pr_auc / value:.2f} times {who}" for who, value in peers.items())
    return (
        f"Who knows the distribution that demand was drawn from, and all that is to come, reaches PR-AUC {pr_auc:.3f} "
        f"({ratios}) and {contest.value_captured(lost, best['share'].to_numpy() * at_stake):.0%} of the value."
    )


def figures(name: str, found: Measured) -> str:
    """Return what a backtest found of all its cut-offs: a sentence, and a row per method."""
    table = found.figures[found.figures["cutoff"].isna()].set_index("method")
    own, of = (
        table.loc[contest.OURS],
        {
            "the best rule": list(rules.RULES),
            "logistic regression": [model.LOGISTIC_REGRESSION],
            "LightGBM as it comes": [contest.PEER],
        },
    )
    ratios = [
        f"{own['pr_auc'] / table.loc[names, 'pr_auc'].max():.2f} times that of {who}" for who, names in of.items()
    ]
    lines = [
        f"**{name}** ({own['row_count']:,.0f} stocks at {len(found.plan.test)} cut-offs, {own['base_rate']:.1%} slow): "
        f"PR-AUC {own['pr_auc']:.3f}, {', '.join(ratios)}; ECE {own['calibration_error']:.3f}; of the value left "
        f"unsold {own['value_captured']:.0%} in the tenth ranked first, where {own['value_possible']:.0%} were "
        f"possible. {where()}",
        "",
        f"| method | {' | '.join(FIGURES.values())} |",
        f"|---|{'---|' * len(FIGURES)}",
    ]
    for method, row in table.iterrows():
        lines.append(f"| {method} | {' | '.join(f'{row[column]:.3f}' for column in FIGURES)} |")
    return "\n".join(lines)
