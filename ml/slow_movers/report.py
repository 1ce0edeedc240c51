"""The printed table of a backtest."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from rich.console import Console
from rich.table import Table

from ml.splits import Split

FIGURES = {
    "base_rate": "base rate",
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC-AUC",
    "brier": "Brier",
    "calibration_error": "ECE",
    "precision_at_flag": "precision",
    "recall_at_flag": "recall",
    "value_captured": "value in top 10 %",
}
ALL = "all"


def show(figures: pd.DataFrame, plan: Split, seconds: Mapping[str, float]) -> None:
    """Print the figures of all methods, all cut-offs together first, and what the test was."""
    table = Table(title="Slow movers", title_justify="left")
    for title in ("stock of", "method", "rows", *FIGURES.values(), "seconds"):
        table.add_column(title, justify="left" if title in {"stock of", "method"} else "right")
    days = (figures["cutoff"] + pd.Timedelta(days=6)).dt.strftime("%Y-%m-%d").fillna(ALL)
    for day, group in figures.groupby(days, sort=False):
        for row in group.to_dict("records"):
            shown = [f"{row[name]:.3f}" for name in FIGURES]
            cost = f"{seconds[row['method']]:.1f}" if day == ALL else ""
            table.add_row(str(day), row["method"], f"{row['row_count']:,}", *shown, cost)
        table.add_section()
    console = Console(width=160)
    console.print(table)
    best = figures["value_possible"].iloc[0]
    kept = "" if plan.is_embargo_full else ": shorter than lead and window, so outcomes learnt from reach into the test"
    console.print(
        f"Learnt from {len(plan.training)} weeks up to {plan.training[-1]:%Y-%m-%d}, {plan.embargo_weeks} weeks before "
        f"the test{kept}. A ranking by the losses themselves would hold {best:.3f} of the value in the top 10 %."
    )
