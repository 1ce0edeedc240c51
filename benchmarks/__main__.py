"""Command line of the benchmarks: ``python -m benchmarks [ingest] [orchestration]``."""

from __future__ import annotations

import argparse

from benchmarks import ingest_speed, orchestration
from benchmarks.results import write
from warehouse.settings import PROJECT_DIR

BENCHMARKS = {"ingest": ingest_speed.measure, "orchestration": orchestration.measure}


def main() -> None:
    """Run the benchmarks asked for, print their table and write build/bench.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=list(BENCHMARKS), choices=list(BENCHMARKS), help="which to run")
    figures = [figure for name in parser.parse_args().names for figure in BENCHMARKS[name]()]
    write(figures, PROJECT_DIR / "build" / "bench.json")


if __name__ == "__main__":
    main()
