"""Loading one large sales file: our loader against psql's own \\copy of the same file into the same table."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import yaml
from psycopg import sql

from benchmarks.results import Figure
from benchmarks.workspace import own_state
from warehouse import embedded, schemas
from warehouse.connection import Role, connect, warehouse_url
from warehouse.programs import bin_dir

# Repetitions by number of rows: the smaller file tells what starting costs, the larger what rows cost.
SIZES = {2_000_000: 3, 10_000_000: 2}
COLUMNS = (
    "transaction_id", "line_number", "sold_at", "sale_date", "location_id", "channel", "product_id", "quantity", "uom",
    "net_amount", "currency",
)  # fmt: skip


def measure() -> list[Figure]:
    """Return rows per second of both, for a large and a larger file, and the loader's peak memory."""
    return [figure for rows, repetitions in SIZES.items() for figure in _measure(rows, repetitions)]


def _measure(rows: int, repetitions: int) -> list[Figure]:
    with own_state(ORW_COMPANIES_DIR="{state}/companies") as state:
        file = state / "landing" / "bench" / "sales.csv"
        _write_file(file, rows)
        _write_company(state / "companies" / "bench")
        with embedded.running_server():
            schemas.initialize()
            _program([sys.executable, "-m", "ingest", "init"])
            _let_copy_fill_the_lineage()
            ours, theirs = [], []
            for _ in range(repetitions):
                theirs.append(_timed(_copy_command(file), rows))
                ours.append(_timed([sys.executable, "-m", "ingest", "load", "--company", "bench"], rows))
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            megabytes = file.stat().st_size / 1e6
    rate, peer = rows / statistics.median(ours), rows / statistics.median(theirs)
    return [
        Figure(
            f"ingest of a {rows:,}-row, {megabytes:.0f} MB sales csv",
            rate,
            "rows/s",
            f"psql \\copy of the same file into the same table: {peer:,.0f}",
            rate / peer,
        ),
        Figure(f"peak memory of any program while loading {rows:,} rows", memory, "MiB"),
    ]


def _write_file(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True)
    duckdb.sql(
        f"""
        copy (
            select (i // 8)::varchar as transaction_id, (i % 8 + 1)::integer as line_number,
                strftime(timestamp '2024-01-01' + to_seconds(i * 15), '%Y-%m-%d %H:%M:%S+00') as sold_at,
                strftime(timestamp '2024-01-01' + to_seconds(i * 15), '%Y-%m-%d') as sale_date,
                'S' || (hash(i) % 400)::varchar as location_id, 'store' as channel,
                'P' || (hash(i * 7) % 30000)::varchar as product_id, (hash(i * 3) % 9 + 1)::integer as quantity,
                'EA' as uom, ((hash(i * 11) % 100000) / 100)::decimal(18, 2) as net_amount, 'USD' as currency
            from range({rows}) as r (i)
        ) to '{path}' (header)
        """
    )


def _write_company(folder: Path) -> None:
    folder.mkdir(parents=True)
    sources = {
        "company": {
            "name": "Bench",
            "currency": "USD",
            "timezone": "UTC",
            "country": "US",
            "business_date": "2024-12-31",
        },
        "sources": {
            "pos": {
                "description": "One large file.",
                "location": "${LANDING}",
                "feeds": [{"entity": "sales_lines", "files": "sales.csv", "columns": {name: name for name in COLUMNS}}],
            }
        },
    }
    (folder / "sources.yml").write_text(yaml.safe_dump(sources))
    (folder / "policy.yml").write_text("planning: {location_level: company}\n")


def _let_copy_fill_the_lineage() -> None:
    """Give the columns that our loader adds a default, so that \\copy writes the same rows into the same table."""
    defaults = {"company_id": "'bench'", "source_system": "'pos'", "_batch_id": "1", "_source_file": "'sales.csv'"}
    changes = [f"alter column {name} set default {value}" for name, value in (defaults | {"_row_number": "1"}).items()]
    with connect(Role.OWNER) as connection:
        connection.execute(sql.SQL("alter table raw.sales_lines {}").format(sql.SQL(", ".join(changes))))


def _copy_command(file: Path) -> list[str]:
    copy = f"\\copy raw.sales_lines ({', '.join(COLUMNS)}) from '{file}' with (format csv, header)"
    return [str(bin_dir() / "psql"), "--no-psqlrc", "--quiet", warehouse_url(Role.LOADER), "--command", copy]


def _timed(command: list[str], rows: int) -> float:
    with connect(Role.OWNER) as connection:
        connection.execute("truncate raw.sales_lines, ops.load_ledger, ops.quarantine, ops.batches cascade")
    with connect(Role.OWNER, autocommit=True) as connection:
        connection.execute("checkpoint")
    started = time.monotonic()
    _program(command)
    seconds = time.monotonic() - started
    with connect(Role.OWNER) as connection:
        loaded = connection.execute("select count(*) from raw.sales_lines").fetchone()
    if loaded != (rows,):
        raise RuntimeError(f"{Path(command[0]).name} loaded {loaded} rows of {rows}")
    return seconds


def _program(command: list[str]) -> None:
    done = subprocess.run(command, check=False, env=os.environ, capture_output=True, text=True)
    if done.returncode != 0:
        # No argument is shown: one of them holds a password.
        raise RuntimeError(
            f"{Path(command[0]).name} {command[1]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
