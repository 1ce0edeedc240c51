"""The one-page result of a successful run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from stack.chain import Chain
from stack.progress import Progress, clock
from warehouse.connection import Role, connect, password_name, warehouse_url
from warehouse.settings import get_settings

# Width up to which a column is never cut.
SHORT = 14
LAYERS = ("raw", "staging", "core", "marts", "ml")
BATCH = """
    select
        format('batch %%s: %%s', b.batch_id, b.gate_status) as batch,
        count(*) filter (where l.status = 'loaded') as files_loaded,
        count(*) filter (where l.status = 'skipped') as known_before,
        count(distinct (l.source_system, l.entity, l.source_file, l.content_sha256))
            filter (where l.status = 'refused') as refused,
        coalesce(sum(l.rows_loaded), 0)::bigint as rows_loaded,
        coalesce(sum(l.rows_quarantined), 0)::bigint as rows_in_quarantine
    from ops.batches as b left join ops.load_ledger as l using (batch_id)
    where b.company_id = %(company)s and b.business_date = %(day)s
    group by b.batch_id order by b.batch_id desc limit 1
"""
KPI = """
    select week_start_date as week, currency, round(net_sales_amount) as net_sales,
        round(net_sales_growth_pct * 100, 1) as growth_pct, round(gross_margin_pct * 100, 1) as margin_pct,
        round(closing_stock_amount) as stock, round(stockout_pct * 100, 1) as stockout_pct,
        round(supplier_on_time_pct * 100, 1) as on_time_pct, is_complete_week as complete
    from marts.mart_kpi_weekly
    where company_id = %(company)s and week_start_date <= %(day)s
    order by is_complete_week desc, week_start_date desc limit 1
"""
FORECAST = """
    select product_id as product, product_name as name, planning_location_id as location, week_start_date as week,
        round(forecast_stat_quantity, 1) as mean, round(q10_quantity, 1) as q10, round(q50_quantity, 1) as q50,
        round(q90_quantity, 1) as q90
    from marts.mart_forecast_weekly
    where company_id = %(company)s and is_latest_run and horizon_week = 1
    order by forecast_stat_quantity desc, product_id, planning_location_id limit 8
"""
SLOW = """
    select product_id as product, product_name as name, planning_location_id as location,
        round(probability, 2) as probability, round(expected_unsold_amount) as unsold, reason_1 as reason
    from marts.mart_slow_movers
    where company_id = %(company)s and is_latest_run and is_flagged
    order by expected_unsold_amount desc nulls last, product_id, planning_location_id limit 8
"""
ALERTS = """
    select owner_name as owner, level, rule_id as rule, product_name as name, planning_location_id as location,
        round(value_at_risk_amount) as at_risk, recommended_action as action, round(expected_effect_amount) as effect,
        due_date as due
    from marts.mart_alerts
    where company_id = %(company)s and is_listed
    order by rank_of_owner, owner_name limit 8
"""
# Title, query, and what to say where it has no row.
SECTIONS = (
    ("Batch", BATCH, "none"),
    ("Last week", KPI, "neither sales nor stock so far"),
    ("Largest forecasts of the first week", FORECAST, "no item has sold within policy planning.active_weeks"),
    (
        "Slow movers, largest unsold amount first",
        SLOW,
        "no stock was on record at the end of the last complete week, or none of it is likely to stay",
    ),
    ("Alerts, the first of each owner first", ALERTS, "nothing is outside of its usual range"),
)


def print_result(chain: Chain, progress: Progress) -> None:
    """Print rows per layer, the batch, the KPIs, the top of forecast, slow movers and alerts, timings, addresses."""
    out = progress.console
    parameters = {"company": chain.company, "day": chain.business_date}
    out.rule(f"{chain.company}, business date {chain.business_date}")
    with connect(Role.OWNER, autocommit=True) as connection:
        out.print(_grid(["layer", "tables", "rows"], layer_counts(connection, chain.company)))
        for title, query, nothing in SECTIONS:
            _print_query(out, connection, title, query, parameters, nothing)
    _print_timings(out, chain, progress)
    _print_addresses(out, chain.company)


def layer_counts(connection: psycopg.Connection, company: str) -> list[tuple[str, int, int]]:
    """Return layer, number of tables or views, and the company's rows in them."""
    counts = []
    for layer in LAYERS:
        tables = connection.execute(
            """
            select table_name from information_schema.tables
            where table_schema = %(layer)s and exists (
                select from information_schema.columns as c
                where c.table_schema = tables.table_schema and c.table_name = tables.table_name
                    and c.column_name = 'company_id'
            )
            """,
            {"layer": layer},
        ).fetchall()
        total = 0
        for (table,) in tables:
            query = sql.SQL("select count(*) from {} where company_id = %s").format(sql.Identifier(layer, table))
            row = connection.execute(query, [company]).fetchone()
            total += row[0] if row else 0
        counts.append((layer, len(tables), total))
    return counts


def _print_query(
    out: Console, connection: psycopg.Connection, title: str, query: str, parameters: dict[str, Any], nothing: str
) -> None:
    cursor = connection.execute(query, parameters)  # type: ignore[arg-type]
    rows = cursor.fetchall()
    names = [column.name for column in cursor.description or ()]
    out.print(f"\n{title}", markup=False)
    out.print(_grid(names, rows) if rows else f"  ({nothing})")


def _grid(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Return a table in which long texts may be cut and nothing else."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    texts = [[_text(value) for value in row] for row in rows]
    for position, name in enumerate(names):
        width = max(len(name), *(len(row[position]) for row in texts))
        numeric = bool(rows) and isinstance(rows[0][position], int | float | Decimal)
        justify: Literal["left", "right"] = "right" if numeric else "left"
        table.add_column(name, justify=justify, overflow="ellipsis", no_wrap=True, min_width=min(width, SHORT))
    for row in texts:
        table.add_row(*row)
    return table


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int | float | Decimal) else str(value)


def _print_timings(out: Console, chain: Chain, progress: Progress) -> None:
    parts = [f"{text} {seconds:.0f} s" for text, seconds in progress.timings if seconds >= 1]
    parts += [f"{step.dag_id} {_seconds(step.run):.0f} s" for step in chain.steps.values() if step.run]
    out.print(f"\nTime {clock(progress.elapsed)} ({'; '.join(parts)})", markup=False)


def _seconds(run: dict[str, Any]) -> float:
    end, start = datetime.fromisoformat(run["end_date"]), datetime.fromisoformat(run["start_date"])
    return (end - start).total_seconds()


def _print_addresses(out: Console, company: str) -> None:
    address = conninfo_to_dict(warehouse_url(Role.ANALYST))
    secrets = get_settings().state_dir / "secrets.json"
    where = f"host {address['host']}, port {address['port']}, database {address['dbname']}, user {address['user']}"
    out.print(f"Connect BI or psql: {where}; password: {password_name(Role.ANALYST)} in {secrets}", markup=False)
    out.print(
        f"One query: make -s psql SQL=\"select * from marts.mart_kpi_weekly where company_id = '{company}'\"",
        markup=False,
    )
    out.print("Airflow's UI and a warehouse that stays: make up", markup=False)
