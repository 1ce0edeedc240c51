"""Command line of the faults: ``python -m benchmarks.chaos --points 300 --seed 1``."""

from __future__ import annotations

import argparse
import signal
import sys

from benchmarks.chaos import report
from benchmarks.chaos.points import draw_points
from benchmarks.chaos.run import KINDS, run
from warehouse.settings import PROJECT_DIR


def main() -> int:
    """Strike, report, and return 1 when anything that must hold does not."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--points", type=int, default=300, help="how many faults (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed strikes at the same places (default: 1)")
    parser.add_argument("--only", nargs="+", metavar="POINT", help="points of the draw, as the report names them")
    parser.add_argument("--groups", nargs="+", choices=list(KINDS), default=list(KINDS), help="groups of faults")
    chosen = parser.parse_args()
    try:
        drawn = draw_points(chosen.points, chosen.seed, {group: KINDS[group] for group in chosen.groups})
    except ValueError as error:
        parser.error(str(error))
    # Servers and disks must go when somebody asks it to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = run([point for point in drawn if not chosen.only or point.name in chosen.only])
    report.write(results, PROJECT_DIR / "build" / "chaos.json")
    return report.summary(results, chosen.points, chosen.seed)


if __name__ == "__main__":
    sys.exit(main())
