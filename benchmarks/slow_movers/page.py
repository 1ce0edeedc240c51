"""The figures as they stand in docs/slow-movers.md."""

from __future__ import annotations

from benchmarks.forecast.page import where
from ml.slow_movers import contest, model, rules
from ml.slow_movers.door import Measured
from ml.slow_movers.report import FIGURES


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
