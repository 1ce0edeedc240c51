"""Command line of the warehouse: ``python -m warehouse init | psql | url | up | down``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from contextlib import nullcontext

from warehouse import embedded, schemas
from warehouse.connection import Role, warehouse_url
from warehouse.settings import SettingsError, get_settings


def _psql(arguments: argparse.Namespace) -> int:
    command = [str(embedded.bin_dir() / "psql"), "--no-psqlrc", warehouse_url(arguments.role)]
    if arguments.sql:
        command += ["--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", arguments.sql]
    return subprocess.run(command, check=False, env=os.environ | {"PGTZ": "UTC"}).returncode


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init", help="create databases, roles, schemas, operational tables and grants")
    commands.add_parser("up", help="start the embedded server and keep it running")
    commands.add_parser("down", help="stop the embedded server as soon as nobody uses it")
    for name, text in (("psql", "open psql, or print the bare tuples of --sql"), ("url", "print the connection URL")):
        command = commands.add_parser(name, help=text)
        command.add_argument("--role", type=Role, default=Role.OWNER, choices=list(Role), help="login to use")
        if name == "psql":
            command.add_argument("--sql", help="statement to run instead of an interactive session")
    return parser


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args()
    if arguments.command in ("up", "down"):
        embedded.keep(arguments.command == "up")
    with embedded.running_server() if get_settings().warehouse_url is None else nullcontext():
        if arguments.command == "init":
            schemas.initialize()
        elif arguments.command == "url":
            print(warehouse_url(arguments.role))
        elif arguments.command == "psql":
            if get_settings().warehouse_url is None:
                # The first look may come before the first run.
                schemas.initialize()
            return _psql(arguments)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (SettingsError, embedded.ServerError) as error:
        sys.exit(f"error: {error}")
