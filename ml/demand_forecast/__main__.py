"""Command line of the demand forecast: ``python -m ml.demand_forecast train | predict``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from contextlib import nullcontext
from datetime import date

from ml.demand_forecast.predict import predict
from ml.demand_forecast.train import train
from ml.registry import RegistryError
from warehouse import embedded
from warehouse.settings import SettingsError, company_id, get_settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ml.demand_forecast", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    texts = {
        "train": "backtest the candidates, register a version and promote it where it holds",
        "predict": "write the coming weeks of every active planning item with the champion",
    }
    for name, text in texts.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--company", type=company_id, default=get_settings().company, help="company to work for")
        command.add_argument("--date", type=date.fromisoformat, required=True, help="business date, YYYY-MM-DD")
        command.add_argument("--run-id", default="manual", help="run id written to the rows (default: manual)")
        if name == "train":
            command.add_argument("--force", action="store_true", help="train also where nothing has changed")
    return parser


def main() -> int:
    """Run one command, print its result as JSON and return its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    arguments = _parser().parse_args()
    with embedded.running_server() if get_settings().warehouse_url is None else nullcontext():
        if arguments.command == "train":
            result = train(arguments.company, arguments.date, arguments.run_id, force=arguments.force)
        else:
            result = predict(arguments.company, arguments.date, arguments.run_id)
    print(json.dumps(result, indent=2, default=str))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, RegistryError, ValueError, embedded.ServerError) as error:
        sys.exit(f"error: {error}")
