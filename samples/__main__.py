"""Command line: write the landing files of a company that ships with the project."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from datetime import date
from pathlib import Path

from samples.journey.landing import DEFAULT_SEED, LAST_DAY, LandingError, generate
from samples.journey.source import SourceMissingError
from warehouse.settings import get_settings

log = logging.getLogger("samples")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    companies = parser.add_subparsers(dest="company", required=True)
    journey = companies.add_parser("journey", help="real POS and CRM data of 2017 with a replayed ERP")
    journey.add_argument("--out", type=Path, help="landing folder (default: the landing zone's journey)")
    journey.add_argument("--through", type=date.fromisoformat, default=LAST_DAY, help="last day, YYYY-MM-DD")
    journey.add_argument("--seed", type=int, default=DEFAULT_SEED, help="seed of the replay")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when the files stand, 2 when they cannot be written.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = _parse(arguments)
    settings = get_settings()
    out = (options.out or settings.landing_dir / "journey").resolve()
    truth = (out.parent if options.out else settings.state_dir) / "truth" / "journey.json"
    began = time.monotonic()

    def progress(line: str) -> None:
        log.info("journey %5.1f s  %s", time.monotonic() - began, line)

    try:
        written = generate(out, truth, options.seed, options.through, progress=progress)
    except (LandingError, SourceMissingError) as error:
        log.error("journey: %s", error)
        return 2
    progress(f"{'wrote' if written else 'nothing to do: files stand in'} {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
