"""Connections to the warehouse, one login per role."""

from __future__ import annotations

import re
from enum import StrEnum
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import psycopg

from warehouse import embedded
from warehouse.secrets import secret
from warehouse.settings import SettingsError, get_settings

DATABASE = "warehouse"
AIRFLOW_DATABASE = "airflow"
AIRFLOW_SECRET = "airflow_database_password"  # noqa: S105 - the name of the secret, not its value


class Role(StrEnum):
    """Logins of the warehouse: least privilege each, but for OWNER, who sets the warehouse up and may read all of it.

    No task of a DAG works as OWNER.
    """

    OWNER = "owner"
    LOADER = "loader"
    TRANSFORMER = "transformer"
    MODELER = "modeler"
    ADVISOR = "advisor"
    ANALYST = "analyst"


SERVICE_ROLES = tuple(role for role in Role if role is not Role.OWNER)


def warehouse_url(role: Role) -> str:
    """Return the ``postgresql://`` URL with which role logs into the warehouse.

    With WAREHOUSE_URL set, OWNER is that URL's own login, and the other roles log into the same database; otherwise
    the database is on the embedded server.

    Raises:
        SettingsError: WAREHOUSE_URL is not a PostgreSQL URL with host, user and database.
    """
    external = get_settings().warehouse_url
    if external is None:
        return embedded_url(DATABASE, role)
    parts = urlsplit(external)
    if not parts.scheme.startswith("postgres") or not parts.hostname or not parts.username or len(parts.path) < 2:
        raise SettingsError("WAREHOUSE_URL must look like postgresql://user:password@host:5432/database")
    if role is Role.OWNER:
        return urlunsplit(parts._replace(scheme="postgresql"))
    address = f"{parts.hostname}:{parts.port or 5432}"
    login = f"{role.value}:{quote(secret(password_name(role)), safe='')}"
    return urlunsplit(parts._replace(scheme="postgresql", netloc=f"{login}@{address}"))


def program_login(role: Role) -> tuple[str, dict[str, str]]:
    """Return how role logs into the warehouse from a program of PostgreSQL, whose arguments every user can list.

    Returns:
        The URL without a password, and the environment that tells it: nothing where the URL has none.

    Raises:
        SettingsError: WAREHOUSE_URL is not a PostgreSQL URL with host, user and database.
    """
    parts = urlsplit(warehouse_url(role))
    login, _, address = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = parts.query.split("&") if parts.query else []
    # As for libpq, an option goes before the login.
    given = [option.partition("=")[2] for option in options if _is_password(option)] or [password]
    query = "&".join(option for option in options if not _is_password(option))
    url = urlunsplit(parts._replace(netloc=f"{user}@{address}", query=query))
    return url, {"PGPASSWORD": unquote(given[-1])} if given[-1] else {}


def _is_password(option: str) -> bool:
    return unquote(option.partition("=")[0]) == "password"


def embedded_url(database: str, role: Role = Role.OWNER) -> str:
    """Return the URL with which role logs into a database of the embedded server."""
    user = embedded.SUPERUSER if role is Role.OWNER else role.value
    password = secret("postgres_password" if role is Role.OWNER else password_name(role))
    return f"postgresql://{user}:{quote(password, safe='')}@{embedded.HOST}:{embedded.server().port}/{database}"


def airflow_url() -> str:
    """Return the SQLAlchemy URL of the metadata database of the Airflow that runs on this machine.

    It lies on the embedded server even where WAREHOUSE_URL names another one for the warehouse: several checkouts may
    share a warehouse, but never a scheduler.
    """
    login = f"{AIRFLOW_DATABASE}:{quote(secret(AIRFLOW_SECRET), safe='')}"
    return f"postgresql+psycopg2://{login}@{embedded.HOST}:{embedded.server().port}/{AIRFLOW_DATABASE}"


def airflow_connect() -> psycopg.Connection:
    """Open a connection to the metadata database of the Airflow that runs on this machine."""
    return psycopg.connect(airflow_url().replace("postgresql+psycopg2://", "postgresql://", 1))


def password_name(role: Role) -> str:
    """Return the name of the secret that holds role's password."""
    return f"warehouse_{role.value}_password"


def connect(role: Role, *, autocommit: bool = False) -> psycopg.Connection:
    """Open a connection as role, with times in UTC."""
    return psycopg.connect(
        warehouse_url(role), autocommit=autocommit, options="-c timezone=UTC", application_name=f"orw_{role.value}"
    )


def session_option(name: str, value: str) -> str:
    """Return what sets a parameter of a session as part of PGOPTIONS, quoted."""
    return f"-c {name}=" + re.sub(r"([\\\s])", r"\\\1", value)


def sqlalchemy_url(role: Role) -> str:
    """Return role's URL in SQLAlchemy's form, with the psycopg 3 driver."""
    return warehouse_url(role).replace("postgresql://", "postgresql+psycopg://", 1)
