"""Command line of the benchmarks: ``python -m benchmarks [--only ingest] [--large]``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from benchmarks import gate_cost, ingest_speed, orchestration, refresh, warehouse_scale
from benchmarks.dashboards import measuring
from benchmarks.results import Figure, write
from warehouse.settings import PROJECT_DIR

BENCHMARKS: dict[str, Callable[[], list[Figure]]] = {
    "ingest": ingest_speed.measure,
    "gate": gate_cost.measure,
    "orchestration": orchestration.measure,
    "refresh": refresh.measure,
    "warehouse": warehouse_scale.measure,
    "dashboards": measuring.measure,
}


def main() -> None:
    """Run the benchmarks asked for, print their table and write build/bench.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=list(BENCHMARKS), help="one of them (default: all)")
    parser.add_argument("--large", action="store_true", help="measure the warehouse with 30 million lines too")
    arguments = parser.parse_args()
    measures = BENCHMARKS | {"warehouse": partial(warehouse_scale.measure, large=arguments.large)}
    figures = [figure for name in ([arguments.only] if arguments.only else measures) for figure in measures[name]()]
    write(figures, PROJECT_DIR / "build" / "bench.json")


if __name__ == "__main__":
    main()
