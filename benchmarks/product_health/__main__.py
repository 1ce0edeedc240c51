"""Command line: ``python -m benchmarks.product_health [--only synth]``; writes figures into docs/product-health.md."""

from __future__ import annotations

import argparse

from benchmarks.forecast.page import replace
from benchmarks.product_health import page
from benchmarks.product_health.companies import COMPANIES, measured
from warehouse.settings import PROJECT_DIR

PAGE = PROJECT_DIR / "docs" / "product-health.md"


def main() -> None:
    """Measure what was asked for, and replace its part of the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.product_health", description=__doc__)
    parser.add_argument("--only", choices=COMPANIES, help="one of them (default: all, some ten minutes)")
    asked = parser.parse_args().only
    for name in [asked] if asked else COMPANIES:
        text = page.figures(measured(name))
        print(text)
        replace(PAGE, name, text)


if __name__ == "__main__":
    main()
