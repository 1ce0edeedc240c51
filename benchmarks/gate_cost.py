"""What the gate of a large batch costs beside its load, with what was counted while loading and by reading the rows."""

from __future__ import annotations

import logging
import statistics
import time
from collections.abc import Callable
from typing import Any

from benchmarks import pos_file, processor
from benchmarks.results import Figure
from benchmarks.workspace import own_state
from expectations.counting import wanted
from expectations.run import check
from ingest import ddl
from warehouse import embedded, schemas

ROWS = 2_000_000
REPETITIONS = 5


def measure() -> list[Figure]:
    """Return seconds of gate and load of one batch; importing Great Expectations comes first and is told apart."""
    logging.disable(logging.WARNING)
    started = time.monotonic()
    import great_expectations.expectations  # noqa: F401 - its import is what is measured

    importing = time.monotonic() - started
    runs: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    with own_state(ORW_COMPANIES_DIR="{state}/companies") as state:
        pos_file.write(state, ROWS, with_masters=True)
        with embedded.running_server():
            schemas.initialize()
            ddl.create_raw_tables()
            for number in range(2 * REPETITIONS):
                runs[number % 2 == 0].append(_run(is_counted=number % 2 == 0))
    logging.disable(logging.NOTSET)
    return [*_figures(runs), Figure("importing Great Expectations, once per process", importing, "s")]


def _run(*, is_counted: bool) -> dict[str, float]:
    """Return the wall seconds and the processor seconds, the server's included, of load and gate."""
    pos_file.forget()
    figures = wanted(pos_file.COMPANY, pos_file.BUSINESS_DATE) if is_counted else None
    report, load, load_used = _timed(lambda: pos_file.load(figures))
    summary, gate, gate_used = _timed(lambda: check("raw", pos_file.COMPANY, pos_file.BUSINESS_DATE, report.batch_id))
    if summary["failed_warning"] or report.entities["sales_lines"].rows_loaded != ROWS:
        raise RuntimeError(f"the batch is not as it was written: {summary}")
    return {"load": load, "load used": load_used, "gate": gate, "gate used": gate_used}


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    before, started = processor.seconds(), time.monotonic()
    result = work()
    wall = time.monotonic() - started
    return result, wall, processor.seconds() - before


def _figures(runs: dict[bool, list[dict[str, float]]]) -> list[Figure]:
    figures = []
    for is_counted, name in ((True, "counted while loading"), (False, "rows read again")):
        for kind, words in (("", ""), (" used", ", processor seconds of client and server")):
            ratio = statistics.median(run[f"gate{kind}"] / run[f"load{kind}"] for run in runs[is_counted])
            gate, load = (
                statistics.median(run[f"{step}{kind}"] for run in runs[is_counted]) for step in ("gate", "load")
            )
            title = f"gate of a {ROWS:,}-row batch, {name}{words}"
            figures.append(Figure(title, gate, "s", f"its load: {load:.2f} s", ratio))
    counted, plain = (statistics.median(run["load used"] for run in runs[key]) for key in (True, False))
    peer = f"without counting: {plain:.2f} s"
    figures.append(Figure("load with counting, processor seconds", counted, "s", peer, counted / plain))
    return figures
