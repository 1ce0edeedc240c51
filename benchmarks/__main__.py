"""Command line of the benchmarks: ``python -m benchmarks [--only ingest]``."""

from __future__ import annotations

import argparse

from benchmarks import gate_cost, ingest_speed, orchestration, refresh
from benchmarks.results import write
from warehouse.settings import PROJECT_DIR

BENCHMARKS = {
    "ingest": ingest_speed.measure,
    "gate": gate_cost.measure,
    "orchestration": orchestration.measure,
    "refresh": refresh.measure,
}


def main() -> None:
    """Run the benchmarks asked for, print their table and write build/bench.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=list(BENCHMARKS), help="one of them (default: all)")
    chosen = parser.parse_args().only
    figures = [figure for name in ([chosen] if chosen else BENCHMARKS) for figure in BENCHMARKS[name]()]
    write(figures, PROJECT_DIR / "build" / "bench.json")


if __name__ == "__main__":
    main()
