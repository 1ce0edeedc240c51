"""The whole warehouse of a sample company: all models anew, and then one new day, at two sizes."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks import processor
from benchmarks.results import Figure
from benchmarks.workspace import own_state
from warehouse import embedded, schemas
from warehouse.batches import set_gate_status
from warehouse.builds import claim_batches, complete_build
from warehouse.connection import Role, connect
from warehouse.layers import build_after_ml, build_layer
from warehouse.publish import publish
from warehouse.selections import LAYERS
from warehouse.settings import PROJECT_DIR

COMPANY = "synth"
# Some 3 million sales lines, and 30 million, which need half an hour and more, and 30 GB of disk.
SMALL = ("--places", "100", "--skus", "1000", "--years", "1.5")
LARGE = ("--places", "100", "--skus", "5000", "--years", "3")
# The samples end on a Sunday. The new day is a Friday, as most days are: what comes weekly came before.
NEW_DAY = timedelta(days=2)
TOP = 8


@dataclass(frozen=True)
class _Build:
    """Processor seconds of programs and server, seconds by the clock, and the seconds of the slowest nodes."""

    used: float
    wall: float
    nodes: list[tuple[str, float]]


@dataclass(frozen=True)
class _Size:
    lines: int
    full: _Build
    day: _Build
    published: float
    changed: float
    peak: float


def measure(*, large: bool = False) -> list[Figure]:
    """Return what a full build and one of a new day take; with large also how the full one grows with the lines."""
    small = _measure(SMALL)
    figures = _figures(small)
    if large:
        grown = _measure(LARGE)
        figures += _figures(grown)
        peer = f"{small.lines:,} lines: {small.full.used:.0f} s, {grown.lines / small.lines:.1f} times fewer lines"
        name = f"growth of the full build to {grown.lines:,} lines, processor"
        figures.append(Figure(name, grown.full.used, "s", peer, grown.full.used / small.full.used))
    return figures


def _figures(size: _Size) -> list[Figure]:
    lines, full, day = f"{size.lines:,} lines", size.full, size.day
    figures = [
        Figure(f"full build of {lines}, processor", full.used, "s"),
        Figure(f"full build of {lines}, wall", full.wall, "s"),
        Figure(f"full build of {lines}, speed", size.lines / full.used, "lines/s"),
        Figure(f"new day on {lines}, processor", day.used, "s", f"full build: {full.used:.1f} s", day.used / full.used),
        Figure(f"new day on {lines}, wall", day.wall, "s", f"full build: {full.wall:.1f} s", day.wall / full.wall),
        Figure(
            f"publication of a new day on {lines}, wall",
            size.changed,
            "s",
            f"the first publication: {size.published:.1f} s",
            size.changed / size.published,
        ),
        Figure(f"peak memory of the server, {lines}", size.peak, "MB"),
    ]
    for label, build in (("full build", full), ("new day", day)):
        figures += [Figure(f"{label} of {lines}: {name}", seconds, "s") for name, seconds in build.nodes]
    return figures


def _measure(parameters: tuple[str, ...]) -> _Size:
    with own_state() as state, embedded.running_server():
        day = write_company(state, parameters)
        with _memory() as peak:
            full = _measured_build(day - timedelta(days=1), full_refresh=True)
            # What is not published is made anew with the next day.
            published = _publish(day - timedelta(days=1))
            new_day = _measured_build(day, full_refresh=False)
            changed = _publish(day)
        with connect(Role.TRANSFORMER) as connection:
            row = connection.execute("select count(*) from core.fct_sales_lines").fetchone()
        return _Size(row[0] if row else 0, full, new_day, published, changed, peak[0] / 2**20)


def write_company(state: Path, parameters: Sequence[str]) -> date:
    """Set up a warehouse on the running server, write the extracts of the company, and return its new day."""
    schemas.initialize()
    _program("ingest", "init")
    _program("samples", "synth", *parameters)
    last = max(date.fromisoformat(path.stem[-10:]) for path in (state / "landing" / COMPANY / "pos").glob("sales_*"))
    return last - NEW_DAY


def load(day: date) -> str:
    """Load what is due up to a day, let it through unjudged, and return the id of the build that is to take it up."""
    from ingest.load import load_company

    batch_id = load_company(COMPANY, day).batch_id
    if batch_id is None:
        raise RuntimeError(f"nothing was loaded up to {day}")
    set_gate_status(batch_id, "passed", "benchmark")
    return claim_batches(COMPANY, day)


def build(build_id: str, day: date, *, full_refresh: bool) -> None:
    """Build and test every model of the company up to a day; nothing is published."""
    for layer in LAYERS:
        build_layer(layer, build_id, COMPANY, day, full_refresh=full_refresh)
    complete_build(build_id)
    build_after_ml(COMPANY, day)


def _measured_build(day: date, *, full_refresh: bool) -> _Build:
    """Load up to a day, and measure what the models take from there."""
    build_id = load(day)
    used, started = processor.seconds(), time.monotonic()
    build(build_id, day, full_refresh=full_refresh)
    return _Build(processor.seconds() - used, time.monotonic() - started, _slowest(day))


def _publish(day: date) -> float:
    started = time.monotonic()
    publish(COMPANY, day)
    return time.monotonic() - started


def _slowest(day: date) -> list[tuple[str, float]]:
    with connect(Role.TRANSFORMER) as connection:
        return connection.execute(
            """
            select resource_type || ' ' || split_part(node_id, '.', 3), seconds::float from ops.dbt_results
            where company_id = %s and business_date = %s order by seconds desc limit %s
            """,
            [COMPANY, day, TOP],
        ).fetchall()


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Watch the memory of the server and its sessions, pages they share counted once; yield the peak so far."""
    peak, stop = [0.0], threading.Event()
    main = int((embedded.server().data_dir / "postmaster.pid").read_text().splitlines()[0])

    def watch() -> None:
        while not stop.wait(0.5):
            children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
            peak[0] = max(peak[0], sum(map(_own_bytes, (main, *map(int, children)))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        stop.set()
        watcher.join()


def _own_bytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def _program(module: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL)
