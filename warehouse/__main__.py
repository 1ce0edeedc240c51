"""Command line of the warehouse: ``python -m warehouse init | build | publish | rebuild | dbt | mf | psql ...``."""

from __future__ import annotations

import argparse
import logging
import os
import subprocess
import sys
from datetime import date

from warehouse import embedded, layers, logins, past, schemas
from warehouse.batches import latest_accepted
from warehouse.command import mendable
from warehouse.connection import (
    SERVICE_ROLES,
    Role,
    connect,
    password_name,
    program_login,
    session_option,
    warehouse_url,
)
from warehouse.dbt import run_dbt
from warehouse.merging import UnpublishableMartError
from warehouse.metrics import run_mf
from warehouse.outcomes import DbtRunError, DbtTestError
from warehouse.programs import bin_dir
from warehouse.publish import PublicationError, publish_all
from warehouse.secrets import is_given
from warehouse.settings import SettingsError, get_settings
from warehouse.sharing import Audience

ACCESS = ("grant-access", "revoke-access", "list-access")
# Commands that work for a while and say what they do.
LOGGING = ("build", "publish", "rebuild", "dbt")
FAILURES = (DbtRunError, DbtTestError, LookupError, PublicationError, UnpublishableMartError)


def _psql(arguments: argparse.Namespace) -> int:
    login = Role(arguments.role) if arguments.role in SERVICE_ROLES else Role.OWNER
    url, password = program_login(login)
    environment = os.environ | {"PGTZ": "UTC"} | password
    if arguments.role != login:
        # Nobody but a person knows the password of a person, and what is written here would be the owner's word.
        options = {"role": arguments.role, "default_transaction_read_only": "on"}
        environment["PGOPTIONS"] = " ".join(session_option(name, value) for name, value in options.items())
    command = [str(bin_dir() / "psql"), "--no-psqlrc", url]
    if arguments.sql:
        command += ["--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command", arguments.sql]
    return subprocess.run(command, check=False, env=environment).returncode


def _access(arguments: argparse.Namespace) -> None:
    with connect(Role.OWNER) as connection:
        if arguments.command == "list-access":
            for row in logins.access(connection):
                print("\t".join(value or "-" for value in row))
            return
        regions = [(arguments.company, region) for region in arguments.region]
        if arguments.command == "revoke-access":
            logins.revoke_access(connection, arguments.login, regions)
            return
        password = logins.grant_access(
            connection, arguments.login, Audience(arguments.role), regions, new_password=arguments.new_password
        )
    if password:
        print(f"login {arguments.login}, password {password} (kept nowhere: it is shown this once)")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it as 2017-12-20") from None


def _rebuild(company_id: str, as_of: date) -> int:
    done = past.rebuild(company_id, as_of)
    print(f"{company_id} as published for {done.business_date} (publication {done.publication_id}):")
    for mart in done.marts:
        rows = mart.rebuilt[0] if mart.rebuilt else 0
        print(f"  {mart.mart:<36} {rows:>10,} rows  {'equal' if mart.is_equal else 'DIFFERENT'}")
    if all(mart.is_equal for mart in done.marts):
        return 0
    if not done.same_models:
        print("The models have changed since: check out the revision of then for equal marts.")
    return 1


def _publish() -> None:
    if held_back := [company_id for company_id, publication in publish_all().items() if publication is None]:
        raise PublicationError(
            f"{', '.join(held_back)}: a build is under way, or failed, and readers keep what they had. Wait for it, "
            f"or run `make run COMPANY={held_back[0]}`"
        )


def _keep(wanted: bool) -> None:
    if get_settings().warehouse_url is not None:
        raise SettingsError("up and down are for the embedded server, and WAREHOUSE_URL names another one: unset it")
    embedded.keep(wanted)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    init = commands.add_parser("init", help="create database, roles, schemas, tables of ops and ml, and grants")
    init.add_argument(
        "--set-passwords",
        action="store_true",
        help="give the roles on the server of WAREHOUSE_URL the passwords of this state folder, whoever uses them; "
        "passwords from the environment are always set",
    )
    build = commands.add_parser("build", help="build and test every dbt model anew from all accepted batches")
    build.add_argument("--company", default=get_settings().company, help="company to record the results for")
    commands.add_parser("publish", help="show readers the marts as they are built, of every company")
    rebuild = commands.add_parser(
        "rebuild", help="build the marts of a past business date again, into schema marts_build_as_of, and compare"
    )
    rebuild.add_argument("--company", default=get_settings().company, help="company whose marts to build")
    rebuild.add_argument("--as-of", type=_date, required=True, help="business date, such as 2017-12-20")
    dbt = commands.add_parser("dbt", help="run a command of dbt on every accepted batch and record its results")
    dbt.add_argument("--company", default=get_settings().company, help="company to record the results for")
    dbt.add_argument("dbt_command", metavar="command", help="command of dbt, such as docs")
    dbt.add_argument("dbt_options", metavar="...", nargs=argparse.REMAINDER, help="what to pass on to it")
    _add_access(commands)
    mf = commands.add_parser("mf", help="ask for metrics: mf list metrics, mf query --metrics net_sales_amount ...")
    mf.add_argument("mf_arguments", metavar="...", nargs=argparse.REMAINDER, help="command of MetricFlow's mf")
    commands.add_parser("up", help="start the embedded server and keep it running")
    commands.add_parser("down", help="stop the embedded server as soon as nobody uses it")
    for name, text in (("psql", "open psql, or print the bare tuples of --sql"), ("url", "print the connection URL")):
        command = commands.add_parser(name, help=text)
        if name == "url":
            command.add_argument("--role", type=Role, default=Role.OWNER, choices=list(Role), help="login to use")
        else:
            command.add_argument(
                "--role",
                default=Role.OWNER,
                help=f"login to use ({', '.join(Role)}), or whose eyes the owner looks through: "
                f"{', '.join(Audience)}, or the login of a person",
            )
            command.add_argument("--sql", help="statement to run instead of an interactive session")
    return parser


def _add_access(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    grant = commands.add_parser(
        "grant-access", help="create a person's login with a role, or give a dealer more regions"
    )
    revoke = commands.add_parser("revoke-access", help="take a person's login away, or regions from a dealer")
    commands.add_parser("list-access", help="show who has which role: login, role, company, region")
    grant.add_argument("--role", type=Audience, choices=list(Audience), required=True, help="what the person may see")
    grant.add_argument("--new-password", action="store_true", help="give a login that exists another password")
    for command in (grant, revoke):
        command.add_argument("--login", required=True, help="login of the person")
        command.add_argument("--company", default=get_settings().company, help="company of the regions")
        command.add_argument("--region", action="append", default=[], help="region of a dealer; may be repeated")


def main() -> int:
    """Run one command and return its exit code."""
    arguments = _parser().parse_args()
    if arguments.command in ("up", "down"):
        _keep(arguments.command == "up")
    if arguments.command in LOGGING:
        logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    with embedded.warehouse_server() as server:
        if server and arguments.command in (*LOGGING, *ACCESS, "mf", "psql"):
            # They may come before the first run, or before the first one of a newer version.
            schemas.initialize()
        return _run(arguments)


def _run(arguments: argparse.Namespace) -> int:
    match arguments.command:
        case "init":
            schemas.initialize(
                [role for role in SERVICE_ROLES if arguments.set_passwords or is_given(password_name(role))],
                force=True,
            )
        case "build":
            layers.build_all(arguments.company)
        case "publish":
            _publish()
        case "rebuild":
            return _rebuild(arguments.company, arguments.as_of)
        case "dbt":
            # What dbt does without a build concerns all companies.
            run_dbt([arguments.dbt_command, *arguments.dbt_options], *latest_accepted(arguments.company))
        case "mf":
            return run_mf(arguments.mf_arguments)
        case "url":
            print(warehouse_url(arguments.role))
        case "psql":
            return _psql(arguments)
        case "grant-access" | "revoke-access" | "list-access":
            _access(arguments)
    return 0


if __name__ == "__main__":
    with mendable(*FAILURES):
        sys.exit(main())
