"""Loading a large till file: our loader, psql's own \\copy of it into a bare table, and pandas.to_sql."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import sqlalchemy
from psycopg import sql

from benchmarks import pos_file, processor
from benchmarks.results import Figure
from benchmarks.workspace import own_state
from warehouse import embedded, schemas
from warehouse.connection import Role, connect, program_login, sqlalchemy_url
from warehouse.programs import bin_dir

# Pairs by number of rows: the smaller file tells what starting costs, the larger what rows cost.
SIZES = {2_000_000: 5, 10_000_000: 3}
BARE = "bench_bare"
# pandas would need minutes for the file; of this many rows it tells its speed.
PANDAS_ROWS = 50_000
MEASURED = {
    "wall": "whole command",
    "inside": "within a running process",
    "used": "by processor seconds of client and server",
}


def measure() -> list[Figure]:
    """Return rows per second of all, for a large and a larger file, and the loader's peak memory."""
    return [figure for rows, pairs in SIZES.items() for figure in _measure(rows, pairs)]


@dataclass(frozen=True)
class _Run:
    """Seconds of one load: of the whole command, within its process from first look at the file to record, and used."""

    wall: float
    inside: float
    used: float


def _measure(rows: int, pairs: int) -> list[Figure]:
    with own_state(ORW_COMPANIES_DIR="{state}/companies") as state:
        file = pos_file.write(state, rows)
        with embedded.running_server():
            schemas.initialize()
            _program([sys.executable, "-m", "ingest", "init"])
            ours, theirs = [], []
            for number in range(pairs):
                # In turns, so that neither always finds the machine as the other leaves it.
                for turn in (0, 1) if number % 2 else (1, 0):
                    if turn:
                        theirs.append(_copy(file, rows))
                    else:
                        ours.append(_load(rows))
            memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            frame_rate = _to_sql(file)
            megabytes = file.stat().st_size / 1e6
    title = f"ingest of a {rows:,}-row, {megabytes:.0f} MB sales csv"
    rate = rows / statistics.median(run.wall for run in ours)
    to_sql = f"pandas.to_sql of {PANDAS_ROWS:,} of its rows, default method: {frame_rate:,.0f}"
    return [
        *(_compared(f"{title}, {name}", rows, ours, theirs, field) for field, name in MEASURED.items()),
        Figure(f"{title}, whole command", rate, "rows/s", to_sql, rate / frame_rate),
        Figure(f"peak memory of any program while loading {rows:,} rows", memory, "MiB"),
    ]


def _compared(name: str, rows: int, ours: list[_Run], theirs: list[_Run], field: str) -> Figure:
    our, their = ([getattr(run, field) for run in runs] for runs in (ours, theirs))
    peer = f"psql \\copy csv into a bare table of the same types: {rows / statistics.median(their):,.0f}"
    ratio = statistics.median(one / other for one, other in zip(their, our, strict=True))
    return Figure(name, rows / statistics.median(our), "rows/s", peer, ratio)


def _load(rows: int) -> _Run:
    pos_file.forget()
    before = processor.seconds()
    wall = _program([sys.executable, "-m", "ingest", "load", "--company", pos_file.COMPANY])
    used = processor.seconds() - before
    with connect(Role.OWNER) as connection:
        found = connection.execute("select seconds::float from ops.load_ledger").fetchall()
    _require_rows("raw.sales_lines", rows)
    return _Run(wall, found[0][0], used)


def _copy(file: Path, rows: int) -> _Run:
    pos_file.forget()
    pos_file.create_bare_table(BARE)
    copy = f"\\copy {BARE} from '{file}' with (format csv, header)"
    url, password = program_login(Role.OWNER)
    command = [str(bin_dir() / "psql"), "--no-psqlrc", "--quiet", url, "--command", copy]
    before = processor.seconds()
    wall = _program(command, password)
    used = processor.seconds() - before
    _require_rows(BARE, rows)
    return _Run(wall, wall, used)


def _to_sql(file: Path) -> float:
    """Return rows per second of pandas alone: the rows are read and typed before."""
    frame = pd.read_csv(file, nrows=PANDAS_ROWS, dtype={"transaction_id": str}, parse_dates=["sold_at"])
    pos_file.create_bare_table(BARE)
    engine = sqlalchemy.create_engine(sqlalchemy_url(Role.OWNER))
    started = time.monotonic()
    frame.to_sql(BARE, engine, if_exists="append", index=False)
    seconds = time.monotonic() - started
    engine.dispose()
    _require_rows(BARE, PANDAS_ROWS)
    return PANDAS_ROWS / seconds


def _require_rows(table: str, rows: int) -> None:
    with connect(Role.OWNER) as connection:
        name = sql.Identifier(*table.split("."))
        loaded = connection.execute(sql.SQL("select count(*) from {}").format(name)).fetchone()
    if loaded != (rows,):
        raise RuntimeError(f"{table} has {loaded} rows of {rows}")


def _program(command: list[str], password: Mapping[str, str] | None = None) -> float:
    started = time.monotonic()
    done = subprocess.run(command, check=False, env=os.environ | (password or {}), capture_output=True, text=True)
    seconds = time.monotonic() - started
    if done.returncode != 0:
        # No argument is shown: one of them holds a password.
        raise RuntimeError(
            f"{Path(command[0]).name} {command[1]} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return seconds
