"""The one-page result of a successful run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from rich.console import Console
from rich.table import Table

from stack.chain import Chain
from stack.progress import Progress, clock
from warehouse.connection import Role, connect, password_name, warehouse_url
from warehouse.settings import get_settings

LAYERS = ("raw", "staging", "core", "marts", "ml")
KPI = """
    select week_start_date, currency, net_sales_amount, net_sales_growth_pct, gross_margin_pct, closing_stock_amount,
        stockout_pct, supplier_on_time_pct
    from marts.mart_kpi_weekly where company_id = %(company)s order by week_start_date desc limit 1
"""
FORECAST = """
    select product_id, product_name, planning_location_id as location, week_start_date as week,
        forecast_stat_quantity as mean, q10_quantity as q10, q50_quantity as q50, q90_quantity as q90,
        model_name as model
    from marts.mart_forecast_weekly
    where company_id = %(company)s and is_latest_run and horizon_week = 1
    order by forecast_stat_quantity desc, product_id, planning_location_id limit 8
"""
SLOW = """
    select product_id, product_name, planning_location_id as location, on_hand_quantity as on_hand,
        round(probability, 2) as probability, expected_unsold_amount as unsold_amount, reason_1 as reason
    from marts.mart_slow_movers
    where company_id = %(company)s and is_latest_run and is_flagged
    order by expected_unsold_amount desc nulls last, product_id, planning_location_id limit 8
"""
BATCH = """
    select b.batch_id, b.gate_status, count(*) filter (where l.status = 'loaded') as files_loaded,
        count(*) filter (where l.status = 'skipped') as files_skipped,
        count(*) filter (where l.status = 'refused') as files_refused,
        coalesce(sum(l.rows_loaded), 0) as rows_loaded, coalesce(sum(l.rows_quarantined), 0) as rows_quarantined
    from ops.batches as b left join ops.load_ledger as l using (batch_id)
    where b.company_id = %(company)s and b.business_date = %(day)s
    group by b.batch_id order by b.batch_id desc limit 1
"""


def print_result(chain: Chain, progress: Progress) -> None:
    """Print rows per layer, the KPI line, the top of forecast and slow movers, the batch, timings and addresses."""
    out = progress.console
    parameters = {"company": chain.company, "day": chain.business_date}
    out.rule(f"{chain.company}, business date {chain.business_date}")
    with connect(Role.OWNER, autocommit=True) as connection:
        out.print(_grid(["layer", "tables", "rows"], layer_counts(connection, chain.company)))
        for title, query in (
            ("Batch", BATCH),
            ("Last week", KPI),
            ("Largest forecasts of next week", FORECAST),
            ("Slow movers, largest amount first", SLOW),
        ):
            _print_query(out, connection, title, query, parameters)
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
    out: Console, connection: psycopg.Connection, title: str, query: str, parameters: dict[str, Any]
) -> None:
    cursor = connection.execute(query, parameters)  # type: ignore[arg-type]
    rows = cursor.fetchall()
    names = [column.name for column in cursor.description or ()]
    out.print(f"\n{title}", markup=False)
    out.print(_grid(names, rows) if rows else "  (none)")


def _grid(names: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for position, name in enumerate(names):
        numeric = bool(rows) and isinstance(rows[0][position], int | float | Decimal)
        table.add_column(name, justify="right" if numeric else "left", overflow="ellipsis", no_wrap=True)
    for row in rows:
        table.add_row(*(_text(value) for value in row))
    return table


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{value:,.2f}"
    return str(value)


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
