"""Sharing on a server whose owner of the warehouse is no superuser, by the commands that people type."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from warehouse.programs import bin_dir
from warehouse.settings import PROJECT_DIR

pytestmark = pytest.mark.integration

Command = Callable[..., str]
MART = """
create table marts.mart_stock_status as
select 'shop' as company_id, region from unnest(array['North', 'South', 'South']) as region;
create table core.dim_location as select company_id, region, true as is_current from marts.mart_stock_status
"""
COUNT = "select count(*) from marts.mart_stock_status"
DECIDE = """
insert into app.planner_actions (company_id, action_type, object_type, object_key, reason)
values ('shop', 'approval', 'mart_stock_status', '{}', 'seen')
"""


def run(state: Path, *arguments: str, url: str | None = None) -> str:
    variables = {name: value for name, value in os.environ.items() if name != "WAREHOUSE_URL"}
    variables |= {"ORW_STATE_DIR": str(state)} | ({"WAREHOUSE_URL": url} if url else {})
    command = [sys.executable, "-m", "warehouse", *arguments]
    done = subprocess.run(command, cwd=PROJECT_DIR, env=variables, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


@dataclass(frozen=True)
class Server:
    owner_url: str
    superuser_url: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A database on a server of its own; its owner may create roles."""
    with tempfile.TemporaryDirectory(prefix="orw-test-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:  # noqa: S108
        state = Path(folder)
        state.chmod(0o755)
        assert run(state, "up") == ""
        superuser = urlsplit(run(state, "url").strip())
        try:
            with psycopg.connect(urlunsplit(superuser._replace(path="/postgres")), autocommit=True) as connection:
                connection.execute("create role dwh_owner login createrole password 'owner'")
                connection.execute("create database dwh owner dwh_owner")
            owner = superuser._replace(netloc=f"dwh_owner:owner@{superuser.hostname}:{superuser.port}", path="/dwh")
            yield Server(urlunsplit(owner), urlunsplit(superuser._replace(path="/dwh")))
        finally:
            assert run(state, "down") == ""


@pytest.fixture(scope="module")
def command(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Runs a command of the warehouse that WAREHOUSE_URL names; it has one mart."""
    state = tmp_path_factory.mktemp("state")

    def call(*arguments: str) -> str:
        return run(state, *arguments, url=server.owner_url)

    assert call("init") == ""
    assert call("psql", "--role", "transformer", "--sql", MART) == "SELECT 3\nSELECT 3\n"
    assert call("init") == "", "it opens the mart to its readers"
    return call


def test_owner_without_superuser_gives_access_and_takes_it_away(command: Command, server: Server) -> None:
    assert "has no region 'Nrth'; it has 'North', 'South'" in command(
        "grant-access", "--login", "dora", "--role", "dealer", "--company", "shop", "--region", "Nrth"
    )
    shown = command("grant-access", "--login", "dora", "--role", "dealer", "--company", "shop", "--region", "South")
    password = re.fullmatch(r"login dora, password (\S+) .*\n", shown)
    assert password, shown
    assert command("list-access") == "dora\tdealer\tshop\tSouth\n"
    with psycopg.connect(server.owner_url, user="dora", password=password[1], autocommit=True) as dora:
        assert dora.execute(COUNT).fetchone() == (2,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            dora.execute("select * from core.dim_location")
        dora.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            dora.execute("create temporary table mine ()")
        # What the owner sees through her eyes.
        assert command("psql", "--role", "dora", "--sql", COUNT) == "2\n"
        assert command("psql", "--role", "dealer", "--sql", COUNT) == "0\n"
        assert command("psql", "--role", "planner", "--sql", COUNT) == "3\n"
        # A decision would be the owner's.
        assert "read-only transaction" in command("psql", "--role", "planner", "--sql", DECIDE)
        assert command("psql", "--sql", COUNT) == "3\n"
        assert command("revoke-access", "--login", "dora") == ""
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            dora.execute(COUNT)
    assert command("list-access") == ""
    assert 'role "dora" does not exist' in command("psql", "--role", "dora", "--sql", COUNT)


def test_owner_without_rights_over_roles_uses_logins_that_somebody_else_made(command: Command, server: Server) -> None:
    name = 'Eve "x" \\ y\''
    with psycopg.connect(server.superuser_url, autocommit=True) as superuser:
        superuser.execute("alter role dwh_owner nocreaterole")
        superuser.execute(sql.SQL("create role {} login").format(sql.Identifier(name)))
        try:
            given = ("--role", "dealer", "--company", "shop", "--region", "North")
            assert "may not do this (permission denied to create role)" in command(
                "grant-access", "--login", "ed", *given
            )
            assert command("grant-access", "--login", name, *given) == ""
            assert command("list-access") == f"{name}\tdealer\tshop\tNorth\n"
            superuser.execute(sql.SQL("grant {} to dwh_owner").format(sql.Identifier(name)))
            assert command("psql", "--role", name, "--sql", COUNT) == "1\n"
            assert command("revoke-access", "--login", name) == ""
            assert command("list-access") == ""
            superuser.execute(sql.SQL("grant sales to {}").format(sql.Identifier(name)))
            assert "has its role from somebody else" in command("revoke-access", "--login", name)
        finally:
            superuser.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))
            superuser.execute("alter role dwh_owner createrole")


def test_owner_backs_up_every_row(command: Command, server: Server) -> None:
    dump = [bin_dir() / "pg_dump", "--enable-row-security", server.owner_url]
    done = subprocess.run(dump, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    copied = done.stdout.partition("COPY marts.mart_stock_status ")[2].partition("\\.")[0]
    assert copied.count("shop\t") == 3


def test_login_that_bears_the_name_of_a_role_is_told(command: Command, server: Server) -> None:
    with psycopg.connect(server.owner_url, autocommit=True) as owner:
        owner.execute("alter role sales login")
        assert "The server has logins called sales" in command("init")
        owner.execute("alter role sales nologin")
    assert command("init") == ""
