"""Marts with rows of several companies and regions, and the people who log in to read them."""

from __future__ import annotations

import uuid
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from warehouse import logins
from warehouse.connection import Role, connect, warehouse_url
from warehouse.settings import Settings
from warehouse.sharing import Audience

SHOP, MALL = "sharing_shop", "sharing_mall"
# Company, region and the number of rows that every mart gets of them.
ROWS = {(SHOP, "North"): 2, (SHOP, "South"): 3, (SHOP, None): 4, (MALL, "North"): 5}
TOTAL = 2 + 3 + 4 + 5


def contracts(settings: Settings) -> dict[str, dict[str, str]]:
    """Columns and types of every mart, as its contract states them."""
    found = {}
    for path in (settings.project_dir / "dbt_project/models/marts").glob("*/*.yml"):
        for model in yaml.safe_load(path.read_text())["models"]:
            found[model["name"]] = {column["name"]: column["data_type"] for column in model["columns"]}
    return found


def create_mart(connection: psycopg.Connection, name: str, columns: dict[str, str]) -> None:
    fields = [sql.SQL("{} {}").format(sql.Identifier(c), sql.SQL(kind)) for c, kind in columns.items()]  # type: ignore[arg-type]
    table = sql.Identifier("marts", name)
    connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(fields)))
    given = ["company_id", *(["region"] if "region" in columns else [])]
    statement = sql.SQL("insert into {} ({}) select {} from generate_series(1, %s)").format(
        table, sql.SQL(", ").join(map(sql.Identifier, given)), sql.SQL(", ").join([sql.Placeholder()] * len(given))
    )
    for (company, region), count in ROWS.items():
        connection.execute(statement, [*(company, region)[: len(given)], count])


class People:
    """Logins made by the command's function, each with a connection of its own."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def url(self, audience: Audience, *regions: tuple[str, str], name: str = "") -> str:
        login = name or f"{audience}_{uuid.uuid4().hex[:8]}"
        with connect(Role.OWNER) as owner:
            password = logins.grant_access(owner, login, audience, regions)
        self.made.append(login)
        address = psycopg.conninfo.conninfo_to_dict(warehouse_url(Role.OWNER))
        return psycopg.conninfo.make_conninfo(**(address | {"user": login, "password": password}))

    def connect(self, audience: Audience, *regions: tuple[str, str], name: str = "") -> psycopg.Connection:
        return psycopg.connect(self.url(audience, *regions, name=name), autocommit=True)


def refused(connection: psycopg.Connection, statement: str, *values: Any) -> None:
    with pytest.raises(InsufficientPrivilege):
        connection.execute(statement, values)  # type: ignore[arg-type]
