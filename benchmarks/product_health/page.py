"""The figures as they stand in docs/product-health.md."""

from __future__ import annotations

from benchmarks.forecast.page import where
from benchmarks.product_health.companies import Measured
from ml.product_health import evaluate
from ml.product_health.indicators import NAMES
from ml.product_health.model import CANDIDATES

OUTCOMES = {
    "target_correlation": "both",
    "sell_through_correlation": "sell-through",
    "gmroi_correlation": "margin on stock",
    "margin_correlation": "margin in money",
}


def figures(found: Measured) -> str:
    """Return a sentence on the index beside the best single indicators, and a row per method."""
    means = evaluate.means(found.table)
    champion = str(found.table.loc[found.table["is_champion"], "method_name"].iloc[0])
    cutoffs, rows = found.table["cutoff_date"].nunique(), found.table.groupby("cutoff_date")["row_count"].first().sum()
    beside = []
    for measure, name in OUTCOMES.items():
        alone = _best_alone(means, measure)
        beside.append(f"{name} {means[champion][measure]:.3f} (best alone: {alone}, {means[alone][measure]:.3f})")
    lines = [
        f"**{found.company}** ({rows:,} products at {cutoffs} cut-offs), rank correlation of `{champion}` with what "
        f"came, mean of the cut-offs: {'; '.join(beside)}. {where()}",
        "",
        f"| method | {' | '.join(OUTCOMES.values())} | weight |",
        f"|---|{'---|' * (len(OUTCOMES) + 1)}",
    ]
    for method in [*CANDIDATES, *NAMES]:
        cells = [f"{means[method][measure]:.3f}" for measure in OUTCOMES]
        weight = f"{found.weights[method]:.3f}" if method in found.weights else ""
        lines.append(f"| {method} | {' | '.join(cells)} | {weight} |")
    return "\n".join(lines)


def _best_alone(means: dict[str, dict[str, float]], measure: str) -> str:
    """Return the indicator that orders best by itself; one with the wrong sign would order as well turned round."""
    known = [name for name in NAMES if means[name][measure] == means[name][measure]]
    return max(known, key=lambda name: abs(means[name][measure]))
