"""Fixtures of sharing: the marts, and logins that are gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from people import MALL, ROWS, SHOP, People, contracts, create_mart
from psycopg import sql

from warehouse import logins, sharing
from warehouse.connection import Role, connect
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def marts(warehouse: Settings) -> Iterator[set[str]]:
    """Every mart with the columns of its contract and some rows per company and region; and the regions there are."""
    names = contracts(warehouse)
    with connect(Role.TRANSFORMER) as connection:
        connection.execute("create table core.dim_location (company_id text, region text, is_current boolean)")
        for company, region in ROWS:
            connection.execute("insert into core.dim_location values (%s, %s, true)", [company, region])
        for name, columns in names.items():
            create_mart(connection, name, columns)
        sharing.protect(connection)
    with connect(Role.OWNER, autocommit=True) as owner:
        for company in (SHOP, MALL):
            owner.execute("insert into ops.companies values (%s, 'Shop', 'USD', 'UTC', 'US')", [company])
        yield set(names)
        owner.execute("delete from app.planner_actions where company_id = any(%s)", [[SHOP, MALL]])
        owner.execute("delete from ops.companies where company_id = any(%s)", [[SHOP, MALL]])
        for name in names:
            owner.execute(sql.SQL("drop table marts.{}").format(sql.Identifier(name)))
        owner.execute("drop table core.dim_location")


@pytest.fixture
def people(marts: set[str]) -> Iterator[People]:
    found = People()
    yield found
    with connect(Role.OWNER) as owner:
        left = {name for name, *_ in logins.access(owner)}
        for login in left.intersection(found.made):
            logins.revoke_access(owner, login)
