"""Command line: write the landing files of a company that ships with the project."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from samples.journey import landing as journey
from samples.journey.source import SourceMissingError
from samples.landing import LandingError
from samples.synth import landing as synth
from samples.synth.plan import MINIMUM_PLACES, MINIMUM_SKUS, Plan, SynthError
from warehouse.settings import get_settings

log = logging.getLogger("samples")
INTERRUPTED = 130


def _add_synth(parser: argparse.ArgumentParser) -> None:
    default = synth.DEFAULT_PLAN
    parser.add_argument("--out", type=Path, metavar="DIR", help="landing folder (default: the landing zone's synth)")
    parser.add_argument(
        "--places",
        type=int,
        metavar="N",
        help=f"distribution centers, the web shop and stores, from {MINIMUM_PLACES} (default {default.places})",
    )
    parser.add_argument("--skus", type=int, metavar="N", help=f"items, from {MINIMUM_SKUS} (default {default.skus})")
    parser.add_argument(
        "--years", type=float, metavar="N", help=f"years of history, also parts of one (default {default.years:g})"
    )
    parser.add_argument(
        "--seed", type=int, metavar="S", help=f"seed; the same gives the same bytes (default {default.seed})"
    )
    parser.add_argument(
        "--store-stock",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether stores keep stock records (default: as long as that makes no more than 20 million days of stock)",
    )


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m samples", description=__doc__)
    companies = parser.add_subparsers(dest="company", required=True)
    replayed = companies.add_parser("journey", help="real POS and CRM data of 2017 with a replayed ERP")
    replayed.add_argument("--out", type=Path, help="landing folder (default: the landing zone's journey)")
    replayed.add_argument("--through", type=date.fromisoformat, default=journey.LAST_DAY, help="last day, YYYY-MM-DD")
    replayed.add_argument("--seed", type=int, default=journey.DEFAULT_SEED, help="seed of the replay")
    text = "a fictitious company of any size, whose true demand, suppliers and fake orders are written to DIR/truth"
    _add_synth(companies.add_parser("synth", help=text, description=text))
    return parser.parse_args(arguments)


def _plan(options: argparse.Namespace) -> Plan | None:
    """Return the sizes asked for, None when none is."""
    names = ("places", "skus", "years", "seed", "store_stock")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if not given:
        return None
    default = synth.DEFAULT_PLAN
    sizes = {name: getattr(default, name) for name in names}
    return Plan(**(sizes | given))


def _write(options: argparse.Namespace, out: Path, progress: Callable[[str], None]) -> bool:
    if options.company == "synth":
        return synth.generate(out, _plan(options), progress)
    truth = (out.parent if options.out else get_settings().state_dir) / "truth" / "journey.json"
    return journey.generate(out, truth, options.seed, options.through, progress=progress)


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns:
        0 when the files stand, 2 when they cannot be written, 130 when it was interrupted.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    options = _parse(arguments)
    company = options.company
    out = (options.out or get_settings().landing_dir / company).resolve()
    began = time.monotonic()

    def progress(line: str) -> None:
        log.info("%s %5.1f s  %s", company, time.monotonic() - began, line)

    try:
        written = _write(options, out, progress)
    except (LandingError, SourceMissingError, SynthError, OSError) as error:
        log.error("%s: %s", company, error)
        return 2
    except KeyboardInterrupt:
        log.error("%s: interrupted; %s is as it was", company, out)
        return INTERRUPTED
    progress(f"{'wrote' if written else 'nothing to do: files stand in'} {out}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
