"""Command line of early warning."""

from __future__ import annotations

import argparse
import getpass
import json
import logging
import sys
from dataclasses import asdict
from datetime import date

from planning.alerts import limits, store
from planning.alerts.evaluate import evaluate
from planning.alerts.rules import RULES
from warehouse import embedded
from warehouse.command import mendable
from warehouse.connection import Role, connect
from warehouse.settings import company_id, get_settings


def main() -> int:
    """Run the command that the command line names, and return the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    parser = argparse.ArgumentParser("python -m planning.alerts", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    text = "judge a business date: risk scores, signals, alerts; what was evaluated for later dates follows anew"
    command = commands.add_parser("evaluate", help=text, description=text)
    command.add_argument("--company", default=get_settings().company, type=company_id, help="default: %(default)s")
    command.add_argument("--date", required=True, type=date.fromisoformat, help="business date, YYYY-MM-DD")
    command.add_argument("--run-id", default="manual", help="run that the rows name, default: %(default)s")
    text = "list every learnt limit with its evidence and what became of it"
    command = commands.add_parser("limits", help=text, description=text)
    command.add_argument("--company", default=get_settings().company, type=company_id, help="default: %(default)s")
    text = "end the learnt limit in force of a rule and category: the one before holds from the last evaluation on"
    command = commands.add_parser("rollback", help=text, description=text)
    command.add_argument("--company", default=get_settings().company, type=company_id, help="default: %(default)s")
    command.add_argument("--rule", required=True, choices=[rule.rule_id for rule in RULES], help="rule")
    command.add_argument("--category", default="", help="category_1; default: items without one")
    command.add_argument("--by", default=_person(), metavar="NAME", help="who wants it, default: %(default)s")
    arguments = parser.parse_args()
    with mendable(LookupError, ValueError), embedded.warehouse_server():
        result = _run(arguments)
    print(json.dumps(result, indent=2, default=str))
    return 0


def _run(arguments: argparse.Namespace) -> object:
    if arguments.command == "evaluate":
        result = evaluate(arguments.company, arguments.date, arguments.run_id)
        if result["status"] == "skipped":
            raise ValueError(result["reason"])
        return result
    with connect(Role.ADVISOR) as connection:
        days = list(store.evaluated(connection, arguments.company))
        if not days:
            raise LookupError(f"{arguments.company} was never evaluated: nothing was learnt")
        if arguments.command == "limits":
            return [asdict(limit) for limit in limits.history(connection, arguments.company)]
        store.lock(connection, arguments.company)
        kind = arguments.rule, arguments.category
        return asdict(limits.roll_back(connection, arguments.company, *kind, days[-1], arguments.by))


def _person() -> str:
    """Return the login of whoever runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user may have no name.
        return "unknown"


if __name__ == "__main__":
    sys.exit(main())
