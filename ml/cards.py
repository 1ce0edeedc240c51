"""A page per model that serves, from what the registry knows: ``python -m ml.cards --out build/model_cards``.

After Mitchell and others (2019), "Model Cards for Model Reporting": what it is for, what it learnt from, how it did
against what is simpler, and what it cannot do.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from psycopg.rows import dict_row

from warehouse import embedded
from warehouse.command import mendable
from warehouse.connection import Role, connect
from warehouse.settings import PROJECT_DIR

OUT = PROJECT_DIR / "build" / "model_cards"
CHAMPIONS = """
select
    model_version, company_id, use_case, model_name, git_revision, trained_at, trained_through_date,
    window_start_date, training_rows, parameters, metrics
from ml.model_registry
where status = 'champion'
order by company_id, use_case
"""
BACKTESTS = """
select model_name, demand_class, series_count, wql, wape, bias, mase, coverage_q10, coverage_q50, coverage_q90
from ml.demand_forecast_backtests
where model_version = %s and horizon_week = 0
order by demand_class <> 'all', demand_class, is_champion desc, wql
"""
MONITORED = """
select
    measure_name, business_date, first_week_date, last_week_date, row_count, observed_value, promised_value,
    naive_value, lower_limit, upper_limit, state
from ml.demand_forecast_monitoring
where model_version = %(version)s and business_date = (
    select max(business_date) from ml.demand_forecast_monitoring where model_version = %(version)s
)
order by measure_group, measure_name
"""
BACKTEST_TEXT = "Backtest on cut-offs before the last day learnt from; bias is forecast less actual."
SERVICE_TEXT = (
    "What it forecast beside what came of it, and its inputs beside those it learnt from, when last looked at. Limits "
    "and states: docs/forecast.md."
)
PURPOSE = {
    "demand_forecast": (
        "Weekly demand of each planning item over the coming weeks, mean and deciles, for buying, moving and marking "
        "down. Deciles are of single weeks and items: sums of them are not deciles of sums.",
        "It knows the past of the series and the calendar. It does not know assortment changes, competitors or "
        "promotions that nobody has told it of; an item without history starts at the level of its like. See "
        "docs/forecast.md.",
    ),
    "slow_movers": (
        "The chance that stock on hand is not sold within the window of the policy, to rank what to look at first.",
        "It ranks; it does not decide. It says nothing of items without stock, and of new items only what their like "
        "did.",
    ),
    "product_health": (
        "How healthy a product is, 0 to 100, from twelve indicators whose weights are learnt from the sell-through and "
        "the margin on stock of the 13 weeks after. Every row shows its parts.",
        "It orders products of one company at one time; a score says nothing of why an indicator stands where it does, "
        "nor what would come of changing it. See docs/product-health.md.",
    ),
}


def write(folder: Path) -> list[Path]:
    """Write a Markdown page per champion, ``<company>-<use case>.md``, and return the pages."""
    with connect(Role.MODELER) as connection:
        cursor = connection.cursor(row_factory=dict_row)
        cards = [
            (
                row,
                cursor.execute(BACKTESTS, [row["model_version"]]).fetchall(),
                cursor.execute(MONITORED, {"version": row["model_version"]}).fetchall(),
            )
            for row in cursor.execute(CHAMPIONS).fetchall()
        ]
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for row, backtests, monitored in cards:
        pages.append(folder / f"{row['company_id']}-{row['use_case']}.md")
        pages[-1].write_text(card(row, backtests, monitored))
    return pages


def card(model: dict[str, Any], backtests: list[dict[str, Any]], monitored: list[dict[str, Any]]) -> str:
    """Return the page of one model.

    Args:
        model: Its row of ml.model_registry.
        backtests: Its rows of ml.demand_forecast_backtests for all weeks together; none for other models.
        monitored: Its newest rows of ml.demand_forecast_monitoring; none before the first, and for other models.
    """
    purpose, limits = PURPOSE[model["use_case"]]
    data = f"{model['training_rows']:,} rows from {model['window_start_date']} through {model['trained_through_date']}"
    code = f"{model['model_name']}, code {model['git_revision'][:12]}"
    lines = [
        f"# {model['use_case']} of {model['company_id']}",
        "",
        purpose,
        "",
        f"- **Version**: `{model['model_version']}` ({code})",
        f"- **Trained**: {model['trained_at']:%Y-%m-%d %H:%M %Z} on {data}; it never serves an earlier date",
        "- **Limits**: " + limits,
        "",
        "## Figures",
        "",
        *(_table(BACKTEST_TEXT, backtests) if backtests else _plain(model["metrics"])),
        "",
        *(["## In service", "", *_table(SERVICE_TEXT, monitored), ""] if monitored else []),
        "## Settings",
        "",
        *_plain(model["parameters"]),
    ]
    return "\n".join(lines) + "\n"


def _table(text: str, rows: list[dict[str, Any]]) -> list[str]:
    names = list(rows[0])
    lines = [
        text,
        "",
        f"| {' | '.join(names)} |",
        f"|{'---|' * len(names)}",
    ]
    return lines + [f"| {' | '.join(_shown(row[name]) for name in names)} |" for row in rows]


def _plain(values: dict[str, Any]) -> list[str]:
    return [f"- `{name}`: {_shown(value)}" for name, value in sorted(values.items())] or ["None recorded."]


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (dict, list, bool)) else str(value)


def main() -> int:
    """Write the cards and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml.cards", description=__doc__)
    parser.add_argument("--out", type=Path, default=OUT, help="where to (default build/model_cards)")
    folder = parser.parse_args().out
    with mendable(), embedded.warehouse_server():
        pages = write(folder)
    print("\n".join(map(str, pages)) or "no model serves yet: make run trains them")
    return 0


if __name__ == "__main__":
    sys.exit(main())
