"""Command line: ``python -m benchmarks.forecast [--only walmart]``; writes the figures into docs/forecast.md."""

from __future__ import annotations

import argparse

from benchmarks.forecast import measuring, page
from warehouse.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "forecast.md"
SPEED = "speed"


def main() -> None:
    """Measure what was asked for, and replace its part of the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecast", description=__doc__)
    parser.add_argument("--only", choices=[*measuring.SETS, SPEED], help="one of them (default: all, an hour)")
    asked = parser.parse_args().only
    for name in [asked] if asked else [*measuring.SETS, SPEED]:
        text = page.speed(measuring.speed()) if name == SPEED else page.accuracy(measuring.accuracy(name))
        print(text)
        page.replace(PAGE, name, text)


if __name__ == "__main__":
    main()
