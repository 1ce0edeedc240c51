"""Command line of slow movers: ``python -m ml.slow_movers train | score``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from contextlib import nullcontext
from datetime import date

from ml import registry
from ml.slow_movers.score import score
from ml.slow_movers.train import train
from warehouse import embedded
from warehouse.settings import SettingsError, company_id, get_settings

COMMANDS = {
    "train": (train, "backtest the candidates and register the best one as champion"),
    "score": (score, "score the stock on hand at the end of the last complete week"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.slow_movers", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (_, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--company", type=company_id, default=get_settings().company, help="company id")
        command.add_argument("--date", type=date.fromisoformat, required=True, help="business date, YYYY-MM-DD")
        command.add_argument("--run-id", default="manual", help="name of the run that the rows carry")
    return parser


def main() -> int:
    """Run one command, print its result as JSON and return the exit code."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    run, _ = COMMANDS[arguments.command]
    with embedded.running_server() if get_settings().warehouse_url is None else nullcontext():
        result = run(arguments.company, arguments.date, arguments.run_id)
    print(json.dumps(result, indent=2, default=str))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, embedded.ServerError, registry.RegistryError, ValueError) as error:
        sys.exit(f"error: {error}")
