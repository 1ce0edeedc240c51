"""What the command lines of the models have in common: company, business date and run, or files alone."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from ml.registry import RegistryError
from warehouse import embedded
from warehouse.command import mendable
from warehouse.settings import company_id, get_settings


@dataclass(frozen=True)
class Command:
    """One command of a model's package.

    Attributes:
        run: Called with company, business date and run id; returns what to print.
        text: Help text.
        may_force: Whether run takes ``force``, to do again what nothing asks for.
    """

    run: Callable[..., Mapping[str, Any]]
    text: str
    may_force: bool = False


@dataclass(frozen=True)
class CompanyCommand:
    """One command on a company as it stands, whatever the business date.

    Attributes:
        run: Called with the company and the parsed arguments; returns what to print.
        text: Help text.
        add_arguments: Adds its options to its parser.
    """

    run: Callable[[str, argparse.Namespace], Mapping[str, Any]]
    text: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


@dataclass(frozen=True)
class FileCommand:
    """One command that works on files and needs no warehouse.

    Attributes:
        run: Called with the parsed arguments; says itself what it did.
        text: Help text.
        add_arguments: Adds its options to its parser.
    """

    run: Callable[[argparse.Namespace], None]
    text: str
    add_arguments: Callable[[argparse.ArgumentParser], None]


AnyCommand: TypeAlias = Command | CompanyCommand | FileCommand


def run(package: str, description: str | None, commands: Mapping[str, AnyCommand]) -> int:
    """Run the command that the command line names, and return the exit code.

    The result of a command on the warehouse is printed as JSON.

    Args:
        package: Name after ``python -m``.
        description: Help text of the package.
        commands: Commands by name.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    with mendable(RegistryError, ValueError):
        arguments = _parser(package, description, commands).parse_args()
        command = commands[arguments.command]
        if isinstance(command, FileCommand):
            command.run(arguments)
            return 0
        with embedded.warehouse_server():
            result = _result(command, arguments)
    print(json.dumps(result, indent=2, default=str))
    return 0


def _result(command: Command | CompanyCommand, arguments: argparse.Namespace) -> Mapping[str, Any]:
    if isinstance(command, CompanyCommand):
        return command.run(arguments.company, arguments)
    options = {"force": arguments.force} if command.may_force else {}
    return command.run(arguments.company, arguments.date, arguments.run_id, **options)


def _parser(package: str, description: str | None, commands: Mapping[str, AnyCommand]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {package}", description=description)
    added = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in commands.items():
        one = added.add_parser(name, help=command.text, description=command.text)
        if isinstance(command, FileCommand):
            command.add_arguments(one)
            continue
        company = get_settings().company
        one.add_argument("--company", type=company_id, default=company, help="company (default %(default)s)")
        if isinstance(command, CompanyCommand):
            command.add_arguments(one)
            continue
        one.add_argument("--date", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="business date")
        one.add_argument("--run-id", default="manual", help="run that the rows carry (default %(default)s)")
        if command.may_force:
            one.add_argument("--force", action="store_true", help="also where nothing has changed")
    return parser
