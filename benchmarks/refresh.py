"""How long it takes until a file that has landed shows in stock status, with refreshes through Airflow's scheduler."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.results import Figure
from benchmarks.workspace import own_state
from warehouse.connection import Role, connect
from warehouse.embedded import free_port
from warehouse.settings import PROJECT_DIR

COMPANY = "synth"
FILES = int(os.environ.get("REFRESH_FILES", "30"))
SECONDS_BETWEEN = 60
POLL_SECONDS = 0.5
LIMIT_SECONDS = 600


def measure() -> list[Figure]:
    """Return seconds from landing to sight: median, 95th percentile and the longest, one file a minute."""
    with own_state(ORW_REFRESH="on") as state:
        landing = state / "landing" / COMPANY
        _program("samples", COMPANY, "--out", str(landing))
        newest = sorted((landing / "erp").glob("stock_on_hand_*.parquet"))[-1]
        closed = date.fromisoformat(newest.stem.removeprefix("stock_on_hand_"))
        _program("stack", "run", "--company", COMPANY, "--date", closed.isoformat())
        with _services():
            waits = list(_waits(newest, closed + timedelta(days=1)))
    ordered = sorted(waits)
    p95 = quantiles(ordered, n=20)[-1] if len(ordered) > 1 else ordered[-1]
    return [
        Figure(
            "file landed to stock status, median",
            median(ordered),
            "s",
            f"{len(ordered)} whole stock lists, one a minute",
        ),
        Figure("file landed to stock status, p95", p95, "s", "the aim is 60 s", p95 / 60),
        Figure("file landed to stock status, longest", ordered[-1], "s"),
    ]


def _waits(template: Path, day: date) -> Iterator[float]:
    """Land a whole stock list a minute, each with another quantity of one item; yield seconds until that shows."""
    stock = pq.read_table(template)
    place, sku = stock.column("PLANT")[0].as_py(), stock.column("SKU")[0].as_py()
    with connect(Role.ANALYST, autocommit=True) as reader:
        for number in range(FILES):
            quantity = 100_000 + number
            land(stock, day, quantity, template.with_name(f"stock_on_hand_{day}_{number:04}.parquet"))
            landed = time.monotonic()
            while not _shows(reader, place, sku, quantity):
                if time.monotonic() - landed > LIMIT_SECONDS:
                    raise RuntimeError(f"file {number} did not show within {LIMIT_SECONDS} s")
                time.sleep(POLL_SECONDS)
            waited = time.monotonic() - landed
            print(f"file {number + 1} of {FILES}: {waited:.1f} s", file=sys.stderr, flush=True)
            yield waited
            time.sleep(max(SECONDS_BETWEEN - waited, 0))


def land(stock: pa.Table, day: date, quantity: int, path: Path) -> None:
    """Write a whole stock list of a day to path at one instant, with another quantity of its first item."""
    quantities = stock.column("QTY_OH").to_pylist()
    quantities[0] = Decimal(quantity)
    for name, values in (("QTY_OH", quantities), ("CLOSING_DT", [day] * len(stock))):
        place = stock.schema.get_field_index(name)
        stock = stock.set_column(place, stock.schema.field(name), pa.array(values, stock.schema.field(name).type))
    pq.write_table(stock, path.with_suffix(".partial"))
    path.with_suffix(".partial").rename(path)


def _shows(reader: psycopg.Connection, place: str, sku: str, quantity: int) -> bool:
    row = reader.execute(
        "select 1 from marts.mart_stock_status where company_id = %s and location_id = %s and product_id = %s "
        "and on_hand_quantity = %s",
        [COMPANY, place, sku, quantity],
    ).fetchone()
    return row is not None


@contextmanager
def _services() -> Iterator[None]:
    _program("stack", "up", "--company", COMPANY, "--port", str(free_port()))
    try:
        yield
    finally:
        _program("stack", "down")


def _program(module: str, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, cwd=Path(PROJECT_DIR), stdout=subprocess.DEVNULL
    )
