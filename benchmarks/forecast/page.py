"""The figures as they stand in docs/forecast.md."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from benchmarks.forecast import measuring
from ml.demand_forecast.backtest import OURS
from ml.demand_forecast.scores import TOTAL


def accuracy(table: pd.DataFrame) -> str:
    """Return what measuring.accuracy found: a sentence, and a row per class and method."""
    others = table[(table["demand_class"] == TOTAL) & ~table["method"].isin([OURS, measuring.TRUE])]
    own = table[(table["demand_class"] == TOTAL) & (table["method"] == OURS)].iloc[0]
    best = others.sort_values("wql").iloc[0]
    lines = [
        f"**{table['data'].iloc[0]}**: WQL {own['wql'] / best['wql']:.3f} of the best peer's ({best['method']}), bias "
        f"{own['bias']:+.1%}, coverage with ties shared out farthest from its level by {measuring.balanced(table)}. "
        f"{where()}",
        "",
        "| class | method | series | WQL | WAPE | bias | MASE | q10 | q50 | q90 | s | series/s | MiB |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        cost = [f"{row['seconds']:,.0f}", f"{row['series_per_second']:,.0f}", f"{row['peak_mib']:,.0f}"]
        is_told = row["demand_class"] == TOTAL and row["seconds"] == row["seconds"]
        cells = [
            row["demand_class"], row["method"], f"{row['series']:,}", f"{row['wql']:.4f}", f"{row['wape']:.4f}",
            f"{row['bias']:+.3f}", f"{row['mase']:.3f}", *(f"{row[f'balanced_q{q}']:.3f}" for q in (10, 50, 90)),
            *(cost if is_told else [""] * 3),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join([*lines, *_gap(table)])


def _gap(table: pd.DataFrame) -> list[str]:
    if not (table["method"] == measuring.TRUE).any():
        return []
    lines = [
        "",
        "| kind of item | WQL of the engine | best peer | of the truth | ratio | gap closed |",
        "|---|---|---|---|---|---|",
    ]
    for row in measuring.gap_closed(table).to_dict("records"):
        peer = f"{row['best_peer']:.4f} ({row['best_peer_name']})"
        ratio = f"{row['engine'] / row['best_peer']:.3f} | {row['gap_closed']:.0%}"
        lines.append(f"| {row['demand_class']} | {row['engine']:.4f} | {peer} | {row['truth']:.4f} | {ratio} |")
    return lines


def speed(table: pd.DataFrame) -> str:
    """Return what measuring.speed found."""
    ours, theirs = table["series_per_second"]
    lines = [
        f"**30,490 series x 156 weeks, horizon 13**: {ours / theirs:.2f} times the series/s of mlforecast's default "
        f"LightGBM, which gives points only. {where()}",
        "",
        "| method | rows | s | series/s | MiB |",
        "|---|---|---|---|---|",
    ]
    for row in table.to_dict("records"):
        cost = f"{row['seconds']:.1f} | {row['series_per_second']:,.0f} | {row['peak_mib']:,.0f}"
        lines.append(f"| {row['method']} | {row['rows']:,} | {cost} |")
    return "\n".join(lines)


def reconciliation(tables: list[pd.DataFrame]) -> str:
    """Return what reconciling.measure found of each data set."""
    lines = [where(), "", "| data | level | method | WAPE | bias | WQL |", "|---|---|---|---|---|---|"]
    for row in pd.concat(tables).to_dict("records"):
        loss = f"{row['wql']:.4f}" if row["wql"] == row["wql"] else ""
        cells = [row["data"], row["level"], row["method"], f"{row['wape']:.4f}", f"{row['bias']:+.3f}", loss]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def recursion(tables: list[pd.DataFrame]) -> str:
    """Return what recursion.measure found of each data set."""
    lines = [where(), "", "| data | method | WQL | WAPE | bias |", "|---|---|---|---|---|"]
    for row in pd.concat(tables).to_dict("records"):
        cells = [row["data"], row["method"], f"{row['wql']:.4f}", f"{row['wape']:.4f}", f"{row['bias']:+.3f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def where() -> str:
    """Return when and on what figures were measured."""
    return f"Measured {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}."


def replace(page: Path, name: str, text: str) -> None:
    """Put the figures between their marks.

    Raises:
        ValueError: the page has no such marks.
    """
    before, start, rest = page.read_text().partition(f"<!-- figures: {name} -->\n")
    _, end, after = rest.partition(f"<!-- end: {name} -->")
    if not (start and end):
        raise ValueError(f"{page} has no marks for {name}")
    page.write_text(f"{before}{start}{text}\n{end}{after}")
