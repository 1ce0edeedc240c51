"""Command line of notifications: ``python -m planning.notify send --company C [--date D] [--dry-run]``."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import date

from planning.notify.preview import last_date, preview
from planning.notify.send import send
from warehouse import embedded
from warehouse.command import mendable
from warehouse.connection import Role, connect
from warehouse.settings import company_id, get_settings


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m planning.notify", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    command = commands.add_parser("send", help="tell the owners of alerts what is new")
    company = get_settings().company
    command.add_argument("--company", type=company_id, default=company, help="company (default %(default)s)")
    command.add_argument(
        "--date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="business date (default: the last one evaluated)"
    )
    command.add_argument("--run-id", default="manual", help="run that the rows carry (default %(default)s)")
    command.add_argument("--dry-run", action="store_true", help="show what would be sent, and send and write nothing")
    return parser


def _run(arguments: argparse.Namespace) -> None:
    day = arguments.date
    if day is None:
        with connect(Role.ADVISOR) as connection:
            day = last_date(connection, arguments.company)
    if arguments.dry_run:
        print(preview(arguments.company, day))
    else:
        print(json.dumps(send(arguments.company, day, arguments.run_id), indent=2))


def main() -> int:
    """Run the command that the command line names, and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    arguments = _parser().parse_args()
    with mendable(LookupError), embedded.warehouse_server():
        _run(arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
