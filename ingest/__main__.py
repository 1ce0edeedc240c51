"""Command line of the extracts: ``python -m ingest init | load | check | status | release | dbt-sources``."""

from __future__ import annotations

import argparse
import logging
import sys
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from typing import Any

from ingest import companies, dbt_docs, ddl, load, output
from ingest.check import check_company
from ingest.companies import CompanyError
from ingest.contracts import ContractError
from ingest.locations import LocationError
from ingest.mapping import MappingError
from ingest.status import read_status
from warehouse import batches, embedded, schemas
from warehouse.access import SET_UP
from warehouse.batches import BatchError
from warehouse.command import mendable
from warehouse.settings import SettingsError, get_settings

WITHOUT_WAREHOUSE = ("check", "dbt-sources")
FAILURES = (BatchError, CompanyError, ContractError, LocationError, MappingError)


def _warehouse_for(command: str) -> AbstractContextManager[Any]:
    """Return what keeps the embedded server running for a command that needs it.

    Raises:
        SettingsError: nothing was ever set up here, and the command would only find that out the long way.
    """
    if command in WITHOUT_WAREHOUSE or get_settings().warehouse_url is not None:
        return nullcontext()
    if command != "init" and not (embedded.server().data_dir / "PG_VERSION").exists():
        raise SettingsError(f"there is no warehouse in {get_settings().state_dir} yet: {SET_UP}")
    return embedded.running_server()


def _init(_: argparse.Namespace) -> int:
    if get_settings().warehouse_url is None:
        # The first command here may be this one. Another server is prepared by its owner: python -m warehouse init.
        schemas.initialize()
    for name in ddl.create_raw_tables():
        print(f"created {name}")
    return 0


def _load(arguments: argparse.Namespace) -> int:
    day = arguments.date or companies.latest_business_date(arguments.company)
    with output.progress(f"Loading {arguments.company} {day}") as show:
        report = load.load_company(
            arguments.company, day, arguments.source, arguments.file, show, is_full=arguments.full
        )
    output.print_report(report)
    return 1 if report.refused else 0


def _check(arguments: argparse.Namespace) -> int:
    day = arguments.date or companies.latest_business_date(arguments.company)
    with output.progress(f"Checking {arguments.company} {day}") as show:
        findings = check_company(arguments.company, day, arguments.source, arguments.file, show)
    output.print_findings(findings)
    return 1 if any(finding.entry.status == "refused" for finding in findings) else 0


def _status(arguments: argparse.Namespace) -> int:
    for title, (names, rows) in read_status(arguments.company).items():
        output.print_table(title, names, rows)
    return 0


def _release(arguments: argparse.Namespace) -> int:
    batches.release(arguments.batch, arguments.reason)
    print(f"batch {arguments.batch} is released; the next build of its company takes it in")
    return 0


def _dbt_sources(_: argparse.Namespace) -> int:
    path = dbt_docs.sources_file()
    path.write_text(dbt_docs.render(), encoding="utf-8")
    print(path)
    return 0


COMMANDS = {
    "init": (_init, "create the raw tables, and add the columns of contracts that grew"),
    "load": (_load, "load what is new: good rows into raw, bad rows into quarantine, one ledger row per file"),
    "check": (_check, "read and check the same files without writing anything, and show what would be refused"),
    "status": (_status, "show batches, files and rows by entity, refused files, and quarantine by reason"),
    "release": (_release, "let a batch through by hand that the gate rejected"),
    "dbt-sources": (_dbt_sources, "write the dbt source definition of schema raw from the contracts"),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest",
        description="Load extract files of the companies into the warehouse.",
        epilog="Ends with 0 when all went well, 1 when a file was refused or a command failed, 2 for wrong usage.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    added = {name: commands.add_parser(name, help=text, description=text) for name, (_, text) in COMMANDS.items()}
    for name in ("load", "check"):
        command = added[name]
        command.add_argument("--company", required=True, metavar="C", help="name of a folder under companies/")
        command.add_argument("--source", metavar="S", help="one source system of sources.yml; all without it")
        command.add_argument("--file", metavar="F", help="one file, named as in its location; all without it")
        command.add_argument(
            "--date",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="business date: files dated later are left out; the latest date in file names without it",
        )
    added["load"].add_argument(
        "--full", action="store_true", help="compare tables with a cursor as a whole, not only what changed since"
    )
    added["status"].add_argument("--company", metavar="C", help="one company; all without it")
    added["release"].add_argument("--batch", type=int, required=True, metavar="N", help="batch, as status shows it")
    added["release"].add_argument("--reason", required=True, metavar="TEXT", help="why, for ops.batches.gate_reason")
    return parser


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    with mendable(*FAILURES), _warehouse_for(arguments.command):
        return COMMANDS[arguments.command][0](arguments)


if __name__ == "__main__":
    sys.exit(main())
