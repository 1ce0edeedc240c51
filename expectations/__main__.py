"""Command line of the gates: ``python -m expectations check | docs``."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path

from expectations import docs
from expectations.context import EvaluationError
from expectations.run import CHECKPOINTS, QualityGateError, check
from expectations.scope import ScopeError
from warehouse import embedded
from warehouse.settings import SettingsError, get_settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m expectations", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("check", help="run a checkpoint, record the results, fail on critical ones")
    command.add_argument("checkpoint", choices=CHECKPOINTS)
    command.add_argument("--company", default=get_settings().company, help="company to judge (default %(default)s)")
    command.add_argument("--date", type=date.fromisoformat, required=True, help="business date, YYYY-MM-DD")
    command.add_argument("--batch", type=int, help="batch of raw; default the latest of company and date")
    command = commands.add_parser("docs", help="build the Data Docs of the latest validations")
    command.add_argument("--out", type=Path, help="folder to replace (default build/data_docs)")
    return parser


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args()
    if arguments.command == "docs":
        print(docs.build(arguments.out)[0])
        return 0
    with embedded.warehouse_server():
        print(json.dumps(check(arguments.checkpoint, arguments.company, arguments.date, arguments.batch), indent=1))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, ScopeError, EvaluationError, QualityGateError, embedded.ServerError) as error:
        sys.exit(f"error: {error}")
