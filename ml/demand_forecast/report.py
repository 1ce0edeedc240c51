"""The printed table of a backtest."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from rich.console import Console
from rich.table import Table

from ml.demand_forecast.engine import DECILE_NAMES
from ml.demand_forecast.scores import TOTAL

FIGURES = ("wql", "wape", "bias", "mase")
TEXTS = {"demand class", "method"}


def show(tables: Sequence[pd.DataFrame]) -> None:
    """Print the figures of all methods, and what share of actuals lay at or below each decile."""
    rows = pd.concat(tables, ignore_index=True)
    console = Console(width=150)
    console.print(_accuracy(rows))
    console.print(_coverage(rows, "coverage", "Share of actuals at or below each decile"))
    console.print(_coverage(rows, "balanced", "The same with ties (demand of 0 at a decile of 0) shared out"))


def _accuracy(rows: pd.DataFrame) -> Table:
    table = Table(title="Accuracy and cost", title_justify="left")
    for title in ("demand class", "method", "series", "observations", *FIGURES, "seconds", "series/s", "peak MiB"):
        table.add_column(title, justify="left" if title in TEXTS else "right")
    for name, group in rows.groupby("demand_class", sort=False):
        for row in group.to_dict("records"):
            figures = [f"{row[column]:.4f}" for column in FIGURES]
            costs = [f"{row['seconds']:.1f}", f"{row['series_per_second']:,.0f}", f"{row['peak_mib']:,.0f}"]
            shown = costs if name == TOTAL else [""] * len(costs)
            table.add_row(str(name), row["method"], f"{row['series']:,}", f"{row['observations']:,}", *figures, *shown)
        table.add_section()
    return table


def _coverage(rows: pd.DataFrame, kind: str, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("demand class", "method", *DECILE_NAMES):
        table.add_column(heading, justify="left" if heading in TEXTS else "right")
    for name, group in rows.groupby("demand_class", sort=False):
        for row in group.to_dict("records"):
            table.add_row(str(name), row["method"], *(f"{row[f'{kind}_{column}']:.3f}" for column in DECILE_NAMES))
        table.add_section()
    return table
