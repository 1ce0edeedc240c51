"""Logins of people: made, limited and taken away by the commands of access."""

from __future__ import annotations

import psycopg
import pytest
from people import SHOP, People, refused

from warehouse import logins
from warehouse.connection import Role, connect
from warehouse.settings import SettingsError
from warehouse.sharing import Audience

pytestmark = pytest.mark.integration


def test_access_that_is_taken_away_ends_in_open_sessions_too(people: People) -> None:
    name = 'Müller; drop table "x" \\ \' --'
    with people.connect(Audience.DEALER, (SHOP, "North"), (SHOP, "South"), name=name) as dealer:
        assert dealer.execute("select count(*) from marts.mart_stock_status").fetchone() == (5,)
        with connect(Role.OWNER) as owner:
            logins.revoke_access(owner, name, [(SHOP, "South")])
            assert [row for row in logins.access(owner) if row[0] == name] == [(name, "dealer", SHOP, "North")]
        assert dealer.execute("select count(*) from marts.mart_stock_status").fetchone() == (2,)
        with connect(Role.OWNER) as owner:
            logins.revoke_access(owner, name)
            assert owner.execute("select count(*) from app.dealer_regions where login = %s", [name]).fetchone() == (0,)
            with pytest.raises(SettingsError, match="has no access"):
                logins.revoke_access(owner, name)
        refused(dealer, "select count(*) from marts.mart_stock_status")
    # The regions of somebody of the same name are not handed on.
    with people.connect(Audience.DEALER, name=name) as successor:
        assert successor.execute("select count(*) from marts.mart_stock_status").fetchone() == (0,)


def test_a_login_has_one_role_and_keeps_its_password(people: People) -> None:
    url = people.url(Audience.DEALER, (SHOP, "North"), name="sharing_anna")
    with connect(Role.OWNER) as owner:
        assert logins.grant_access(owner, "sharing_anna", Audience.DEALER, [(SHOP, "South")]) is None
        with pytest.raises(SettingsError, match="has the rights of dealer already"):
            logins.grant_access(owner, "sharing_anna", Audience.PLANNER)
        owner.commit()
        with psycopg.connect(url) as anna:
            assert anna.execute("select count(*) from marts.mart_stock_status").fetchone() == (5,)
        assert logins.grant_access(owner, "sharing_anna", Audience.DEALER, new_password=True)
        owner.commit()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


@pytest.mark.parametrize("name", ["analyst", "postgres", "dealer", "pg_monitor", "", "x" * 64, "é" * 32, "a\nb"])
def test_names_that_serve_another_purpose_are_refused(marts: set[str], name: str) -> None:
    with connect(Role.OWNER) as owner, pytest.raises(SettingsError):
        logins.grant_access(owner, name, Audience.SALES)


def test_regions_are_checked(marts: set[str]) -> None:
    with connect(Role.OWNER) as owner:
        with pytest.raises(SettingsError, match="has no region 'Nord'; it has 'North', 'South'"):
            logins.grant_access(owner, "sharing_new", Audience.DEALER, [(SHOP, "Nord")])
        with pytest.raises(SettingsError, match="Regions are for dealers"):
            logins.grant_access(owner, "sharing_new", Audience.SALES, [(SHOP, "North")])
        row = owner.execute("select count(*) from pg_roles where rolname = 'sharing_new'").fetchone()
    assert row == (0,)


def test_login_that_somebody_else_made_is_left_when_its_access_ends(marts: set[str]) -> None:
    with connect(Role.OWNER, autocommit=True) as owner:
        owner.execute("create role sharing_sso login")
        try:
            assert logins.grant_access(owner, "sharing_sso", Audience.SALES) is None
            assert ("sharing_sso", "sales", None, None) in logins.access(owner)
            logins.revoke_access(owner, "sharing_sso")
            row = owner.execute("select rolcanlogin from pg_roles where rolname = 'sharing_sso'").fetchone()
            assert row == (True,)
        finally:
            owner.execute("drop role sharing_sso")
