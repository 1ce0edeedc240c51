"""The questions: SQL over the marts, the same over the facts where they can answer it, and the values to ask with."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import psycopg

FOLDER = Path(__file__).parent
# Everything else has a twin in facts/, which may leave columns out that no fact tells.
INCOMPARABLE = {
    "turnover_breaches": "classes rest on the margin that each product earned in twelve months before each quarter",
    "sell_through_classes": "classes rest on launches, and on the launch of each product at each place",
    "supplier_risk": "seven factors, each with a history and weights of its own",
    "kpi_catalogue": "some thirty figures of every subject, each with a target and a history",
}
# Where the values to ask with come from, by the name of the parameter.
SOURCES = {
    "day": "select max(as_of_date) from marts.mart_stock_status where company_id = %s",
    "week": """
        select week_start_date from marts.mart_kpi_weekly
        where company_id = %s and is_complete_week order by 1 desc limit 26
    """,
    "month": """
        select distinct month_start_date from marts.mart_turnover_monthly
        where company_id = %s and is_complete_month order by 1 desc limit 6
    """,
    "region": """
        select distinct region from marts.mart_sales_daily where company_id = %s and region is not null order by 1
    """,
    "category": """
        select distinct category from marts.mart_budget_monthly
        where company_id = %s and category <> 'ALL' order by 1
    """,
    "product": "select distinct product_id from marts.mart_turnover_monthly where company_id = %s order by 1",
    "planning_place": """
        select distinct planning_location_id from marts.mart_category_structure_weekly where company_id = %s order by 1
    """,
    "stock_place": "select distinct location_id from marts.mart_stock_status where company_id = %s order by 1",
    "lot_place": "select distinct location_id from marts.mart_stock_expiry where company_id = %s order by 1",
}
_PARAMETER = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Question:
    """One question of a dashboard.

    Attributes:
        name: Name of its files.
        marts: SQL over the marts, with parameters as psycopg writes them.
        facts: SQL over facts and dimensions that gives the same rows, if with fewer columns; None where none can.
    """

    name: str
    marts: str
    facts: str | None


def questions() -> tuple[Question, ...]:
    """Return all questions, by name."""
    found = []
    for path in sorted((FOLDER / "marts").glob("*.sql")):
        facts = FOLDER / "facts" / path.name
        found.append(Question(path.stem, path.read_text(), facts.read_text() if facts.exists() else None))
    return tuple(found)


def values(connection: psycopg.Connection, company_id: str) -> dict[str, list[Any]]:
    """Return what each parameter may be, from the published marts of a company.

    Raises:
        RuntimeError: the marts have no value of a parameter.
    """
    found: dict[str, list[Any]] = {"company": [company_id]}
    for name, query in SOURCES.items():
        found[name] = [row[0] for row in connection.execute(query, [company_id])]
    missing = [name for name, known in found.items() if known in ([], [None])]
    if missing:
        raise RuntimeError(f"the marts of {company_id} have no value of {', '.join(missing)}")
    return found


def draw(known: Mapping[str, Sequence[Any]], random: Random) -> dict[str, Any]:
    """Return one value of each parameter."""
    return {name: random.choice(known[name]) for name in sorted(known)}


def parameters(query: str) -> set[str]:
    """Return the names of the parameters of a query."""
    return set(_PARAMETER.findall(query))


def for_duckdb(query: str) -> str:
    """Return a query with its parameters as DuckDB writes them."""
    return _PARAMETER.sub(r"$\1", query)
