"""Command line of the stack: ``python -m stack run | backfill | up | down | status``."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
from datetime import date

import psycopg

from stack import daemon, runner, supervisor
from stack.client import ApiError
from stack.processes import StackError
from warehouse.embedded import ServerError
from warehouse.settings import SettingsError, company_id, get_settings

UI_PORT = 8080


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m stack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the whole chain for a company and stop everything afterwards")
    run.add_argument("--date", type=_day, help="business date; default: the latest in the landing zone")
    backfill = commands.add_parser("backfill", help="run the chain for every business date of a range, in order")
    backfill.add_argument("--from", dest="first", type=_day, required=True)
    backfill.add_argument("--to", dest="last", type=_day, required=True)
    up = commands.add_parser("up", help="keep Airflow and the warehouse running")
    status = commands.add_parser("status", help="show what runs, and the batches of a company")
    for command in (run, backfill, up, status):
        command.add_argument("--company", type=_company, default=get_settings().company)
    up.add_argument("--port", type=_port, default=UI_PORT, help="port of Airflow's UI on 127.0.0.1")
    commands.add_parser("down", help="stop Airflow and the warehouse")
    commands.add_parser("clean", help="remove data, logs and secrets of a stopped stack")
    supervise = commands.add_parser("supervise", help="run Airflow's processes until standard input ends")
    supervise.add_argument("--port", type=int, required=True)
    supervise.add_argument("--kept", action="store_true", help="go on until a signal instead")
    return parser


def _company(name: str) -> str:
    try:
        return company_id(name)
    except SettingsError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it as YYYY-MM-DD") from None


def _port(text: str) -> int:
    if text.isdecimal() and 0 < int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args()
    if arguments.command == "supervise":
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
        return supervisor.supervise(arguments.port, kept=arguments.kept)
    # Explicitly also for SIGINT: a shell that starts commands in the background lets them ignore it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    if arguments.command == "run":
        return runner.run(arguments.company, arguments.date)
    if arguments.command == "backfill":
        return runner.backfill(arguments.company, arguments.first, arguments.last)
    if arguments.command == "up":
        return daemon.up(arguments.port, arguments.company)
    if arguments.command == "status":
        return daemon.status(arguments.company)
    return daemon.down() if arguments.command == "down" else daemon.clean()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, ServerError, StackError, ApiError) as error:
        sys.exit(f"error: {error}")
    except psycopg.OperationalError as error:
        sys.exit(f"error: the database does not answer: {error}")
    except KeyboardInterrupt:
        print("\nInterrupted; everything that was started has been stopped.", file=sys.stderr)
        sys.exit(runner.INTERRUPTED)
