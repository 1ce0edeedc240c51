"""People's logins: each is a member of one role of people, and a dealer's login sees the regions it was given."""

from __future__ import annotations

import secrets
from collections.abc import Collection

import psycopg
from psycopg import sql

from warehouse.connection import SERVICE_ROLES
from warehouse.settings import SettingsError
from warehouse.sharing import Audience, become_member

# PostgreSQL cuts longer names off, and two people would share a login.
LONGEST_NAME = 63
# A query or a transaction that somebody left open must not hold up the next publication.
TIMEOUTS = {"statement_timeout": "5min", "idle_in_transaction_session_timeout": "5min"}
MARK = "made by python -m warehouse grant-access"


def grant_access(
    connection: psycopg.Connection,
    login: str,
    audience: Audience,
    regions: Collection[tuple[str, str]] = (),
    *,
    new_password: bool = False,
) -> str | None:
    """Make login a member of a role of people, creating it where it is missing, and give a dealer more regions.

    Args:
        connection: Connection of the owner of the warehouse. It is not committed.
        login: Name of the login.
        audience: What the person is to see.
        regions: Company and region, for dealers only.
        new_password: Give an existing login another password.

    Returns:
        The password that was set, kept nowhere else; None where the login keeps the one it has.

    Raises:
        SettingsError: the name serves another purpose, the login has another role, or there is no such region.
    """
    _check_name(login)
    if regions and audience is not Audience.DEALER:
        raise SettingsError(f"Regions are for dealers: {audience} sees all of them")
    _check_regions(connection, regions)
    exists = connection.execute("select 1 from pg_roles where rolname = %s", [login]).fetchone() is not None
    if exists:
        _check_memberships(connection, login, audience)
    else:
        # Somebody may have dropped a login of this name by hand.
        connection.execute("delete from app.dealer_regions where login = %s", [login])
    try:
        with connection.transaction():
            password = _set_password(connection, login, exists) if new_password or not exists else None
            if not exists:
                _limit(connection, login, audience)
            connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(audience), sql.Identifier(login)))
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingsError(
            f"The login of WAREHOUSE_URL may not do this ({error.diag.message_primary}): docs/deployment.md, "
            "'Who sees what'"
        ) from None
    for company_id, region in regions:
        connection.execute(
            "insert into app.dealer_regions (login, company_id, region) values (%s, %s, %s) on conflict do nothing",
            [login, company_id, region],
        )
    return password


def revoke_access(connection: psycopg.Connection, login: str, regions: Collection[tuple[str, str]] = ()) -> None:
    """Take regions from a dealer, or without regions everything: role, regions, and the login if it was made here.

    Sessions that are open can read nothing any more from their next statement on.

    Raises:
        SettingsError: the login has no such access, or has it from somebody else.
    """
    if regions:
        for company_id, region in regions:
            done = connection.execute(
                "delete from app.dealer_regions where login = %s and company_id = %s and region = %s",
                [login, company_id, region],
            )
            if not done.rowcount:
                raise SettingsError(f"{login} does not have region {region!r} of {company_id}: see list-access")
        return
    held = [role for name, role, _, _ in access(connection) if name == login]
    if not held:
        raise SettingsError(f"{login} has no access: see list-access")
    connection.execute("delete from app.dealer_regions where login = %s", [login])
    for role in dict.fromkeys(held):
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(role), sql.Identifier(login)))
    # What another login granted, the server lets only that one or a superuser revoke, and says no more than a warning.
    if any(name == login for name, *_ in access(connection)):
        raise SettingsError(f"{login} has its role from somebody else on the server, who must revoke it")
    row = connection.execute(
        "select shobj_description(oid, 'pg_authid') from pg_roles where rolname = %s", [login]
    ).fetchone()
    if row == (MARK,):
        _drop(connection, login)


def access(connection: psycopg.Connection) -> list[tuple[str, str, str | None, str | None]]:
    """Return login, role, company and region of everybody's access; several rows for a dealer of several regions."""
    return connection.execute(
        """
        select login.rolname, role.rolname, r.company_id, r.region
        from pg_auth_members as m
        inner join pg_roles as role on m.roleid = role.oid and role.rolname = any(%s)
        inner join pg_roles as login on m.member = login.oid and login.rolname <> current_user
        left join app.dealer_regions as r on login.rolname = r.login and role.rolname = 'dealer'
        where login.rolcanlogin and not login.rolcreaterole
        order by 1, 2, 3, 4
        """,
        [[str(audience) for audience in Audience]],
    ).fetchall()


def _check_name(login: str) -> None:
    reserved = {*map(str, SERVICE_ROLES), *map(str, Audience), "owner", "airflow", "public", "none"}
    if not login or len(login.encode()) > LONGEST_NAME or not login.isprintable():
        raise SettingsError(f"{login!r} is no name of a login: use 1 to {LONGEST_NAME} bytes, all printable")
    if login in reserved or login.startswith("pg_"):
        raise SettingsError(f"The name {login} serves another purpose: choose another one for the login")


def _check_regions(connection: psycopg.Connection, regions: Collection[tuple[str, str]]) -> None:
    for company_id in dict.fromkeys(company_id for company_id, _ in regions):
        known = _known_regions(connection, company_id)
        unknown = {region for company, region in regions if company == company_id} - set(known)
        if unknown:
            raise SettingsError(
                f"{company_id} has no region {', '.join(map(repr, sorted(unknown)))}; it has "
                f"{', '.join(map(repr, known)) or 'none, before its first run'}"
            )


def _known_regions(connection: psycopg.Connection, company_id: str) -> list[str]:
    if connection.execute("select to_regclass('core.dim_location')").fetchone() == (None,):
        return []
    rows = connection.execute(
        "select distinct region from core.dim_location "
        "where company_id = %s and is_current and region is not null order by 1",
        [company_id],
    ).fetchall()
    return [row[0] for row in rows]


def _check_memberships(connection: psycopg.Connection, login: str, audience: Audience) -> None:
    """Refuse a login that sees other things already: what it sees would be the sum."""
    others = [str(role) for role in (*SERVICE_ROLES, *Audience) if role is not audience]
    rows = connection.execute(
        "select rolname from pg_roles where rolname = any(%s) and pg_has_role(%s::name, rolname, 'member') order by 1",
        [others, login],
    ).fetchall()
    if rows:
        names = ", ".join(row[0] for row in rows)
        raise SettingsError(f"{login} has the rights of {names} already: one login, one role (revoke-access)")
    row = connection.execute(
        "select not rolcanlogin or rolsuper or rolbypassrls or rolcreaterole from pg_roles where rolname = %s", [login]
    ).fetchone()
    if row == (True,):
        raise SettingsError(f"{login} is no login, or one that manages the server: choose another name")


def _set_password(connection: psycopg.Connection, login: str, exists: bool) -> str:
    password = secrets.token_urlsafe(24)
    # Hashed here, so that no log of the server shows it.
    hashed = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
    text = "alter role {} password {}" if exists else "create role {} login password {}"
    connection.execute(sql.SQL(text).format(sql.Identifier(login), sql.Literal(hashed)))
    return password


def _limit(connection: psycopg.Connection, login: str, audience: Audience) -> None:
    """Set what a new login starts with. Rights do not hang on it: a session may set it otherwise."""
    name, database = sql.Identifier(login), sql.Identifier(connection.info.dbname)
    settings = TIMEOUTS | ({} if audience is Audience.PLANNER else {"default_transaction_read_only": "on"})
    for setting, value in settings.items():
        connection.execute(
            sql.SQL("alter role {} in database {} set {} = {}").format(
                name, database, sql.Identifier(setting), sql.Literal(value)
            )
        )
    connection.execute(sql.SQL("comment on role {} is {}").format(name, sql.Literal(MARK)))
    become_member(connection, login)


def _drop(connection: psycopg.Connection, login: str) -> None:
    try:
        with connection.transaction():
            connection.execute(sql.SQL("drop role {}").format(sql.Identifier(login)))
    except psycopg.errors.DependentObjectsStillExist:
        # It has rights in another database of the server, and keeps them for whoever gave them.
        connection.execute(sql.SQL("alter role {} nologin").format(sql.Identifier(login)))
