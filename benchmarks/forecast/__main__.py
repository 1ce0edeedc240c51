"""Command line: ``python -m benchmarks.forecast [--only walmart]``; writes the figures into docs/forecast.md."""

from __future__ import annotations

import argparse

from benchmarks.forecast import measuring, page, reconciling, recursion
from warehouse.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "forecast.md"
SPEED, RECONCILIATION, RECURSION = "speed", "reconciliation", "recursion"
OTHERS = (RECONCILIATION, RECURSION, SPEED)


def main() -> None:
    """Measure what was asked for, and replace its part of the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("--only", choices=[*measuring.SETS, *OTHERS], help="one of them (default: all, an hour)")
    asked = parser.parse_args().only
    for name in [asked] if asked else [*measuring.SETS, *OTHERS]:
        text = _text(name)
        print(text)
        page.replace(PAGE, name, text)


def _text(name: str) -> str:
    if name == SPEED:
        return page.speed(measuring.speed())
    if name == RECONCILIATION:
        return page.reconciliation([reconciling.measure(data) for data in reconciling.LEVELS])
    if name == RECURSION:
        return page.recursion([recursion.measure(data) for data in recursion.DATA])
    return page.accuracy(measuring.accuracy(name))


if __name__ == "__main__":
    main()
