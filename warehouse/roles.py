"""Logins of the warehouse: created once, and left alone where another checkout may work with them."""

from __future__ import annotations

from collections.abc import Collection

import psycopg
from psycopg import sql

from warehouse.connection import SERVICE_ROLES, Role, connect, password_name
from warehouse.secrets import secret
from warehouse.settings import SettingsError, get_settings


def create_login(connection: psycopg.Connection, name: str, password: str) -> None:
    """Create a login without any privilege, or give the existing one this password."""
    text = "alter role {} login password {}" if _exists(connection, name) else "create role {} login password {}"
    connection.execute(sql.SQL(text).format(sql.Identifier(name), sql.Literal(password)))


def create_roles(connection: psycopg.Connection, replace: Collection[Role]) -> None:
    """Create the logins that are missing, and make sure that the others can be used with the passwords known here.

    The embedded server belongs to this state folder, so its roles always get the folder's passwords. On another server
    the roles may be at work for somebody else, so a password that does not fit is an error.

    Args:
        connection: Connection of the owner. What was done so far is committed.
        replace: Roles that get a new password even on another server.

    Raises:
        SettingsError: a role has another password; the message names the remedy.
    """
    missing = [role for role in SERVICE_ROLES if not _exists(connection, role)]
    for role in missing:
        create_login(connection, role, secret(password_name(role)))
    for role in SERVICE_ROLES:
        _admit(connection, role)
    # Only what is committed can be tried out.
    connection.commit()
    for known in _not_ours(missing, replace):
        create_login(connection, known, secret(password_name(known)))


def _not_ours(missing: Collection[Role], replace: Collection[Role]) -> list[Role]:
    """Return the roles whose password has to be set."""
    known: list[Role] = [role for role in SERVICE_ROLES if role not in missing]
    if get_settings().warehouse_url is None:
        return known
    failures = {role: text for role in known if (text := failure(role))}
    taken = [role for role in failures if role not in replace]
    if taken:
        variables = ", ".join(password_name(role).upper() for role in taken)
        raise SettingsError(
            f"The roles {', '.join(taken)} exist on the server of WAREHOUSE_URL, and this state folder "
            f"({get_settings().state_dir}) does not know their passwords ({failures[taken[0]]}). To work beside the "
            f"checkout that made them, set {variables} to the values in its secrets.json. To take them over, run "
            "`.venv/bin/python -m warehouse init --set-passwords`, which locks other checkouts out"
        )
    return list(failures)


def failure(role: Role) -> str | None:
    """Return why role cannot log in with the password known here, or None when it can."""
    try:
        connect(role).close()
    except psycopg.OperationalError as error:
        return str(error).strip().splitlines()[-1]
    return None


def _admit(connection: psycopg.Connection, role: Role) -> None:
    """Let role into the database, and its schemas be handed over to it."""
    database = sql.Identifier(connection.info.dbname)
    privileges = sql.SQL("connect" if role is Role.ANALYST else "connect, temporary")
    connection.execute(sql.SQL("grant {} on database {} to {}").format(privileges, database, sql.Identifier(role)))
    # Since PostgreSQL 16 the creator of a role is a member that inherits nothing.
    row = connection.execute("select pg_has_role(current_user, %s::name, 'usage')", [role.value]).fetchone()
    if not (row and row[0]):
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
    if role is Role.ANALYST and not _is_read_only(connection, role):
        connection.execute(sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(role)))


def _is_read_only(connection: psycopg.Connection, role: Role) -> bool:
    row = connection.execute(
        "select 'default_transaction_read_only=on' = any(rolconfig) from pg_roles where rolname = %s", [role.value]
    ).fetchone()
    return bool(row and row[0])


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return connection.execute("select 1 from pg_roles where rolname = %s", [str(name)]).fetchone() is not None
