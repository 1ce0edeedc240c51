"""Command line of early warning."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import date

import psycopg

from planning.alerts.evaluate import evaluate
from warehouse import embedded
from warehouse.access import explained
from warehouse.settings import SettingsError, company_id, get_settings


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
    arguments = parser.parse_args()
    try:
        with embedded.warehouse_server():
            result = evaluate(arguments.company, arguments.date, arguments.run_id)
    except (SettingsError, ValueError, OSError, embedded.ServerError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except psycopg.Error as error:
        print(f"error: {explained(error)}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=2, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
