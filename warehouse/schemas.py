"""Databases, schemas, roles and grants of the warehouse, created idempotently."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path

import psycopg
from psycopg import sql

from warehouse import roles, sharing
from warehouse.connection import (
    AIRFLOW_DATABASE,
    AIRFLOW_SECRET,
    DATABASE,
    SERVICE_ROLES,
    Role,
    connect,
    embedded_url,
    password_name,
)
from warehouse.roles import create_login, create_roles
from warehouse.secrets import secret
from warehouse.settings import SettingsError, get_settings

DDL_DIR = Path(__file__).parent / "ddl"
# In this order, because tables refer to others. Every statement in them may be repeated.
DDL_FILES = (
    "ops/companies.sql",
    "ops/batches.sql",
    "ops/loads.sql",
    "ops/results.sql",
    "ops/publications.sql",
    "ml/registry.sql",
    "ml/demand_forecast.sql",
    "ml/monitoring.sql",
    "ml/slow_movers.sql",
    "ml/product_health.sql",
    "app/access.sql",
    "app/planner_actions.sql",
    "plan/alerts.sql",
    "plan/risk_scores.sql",
    "plan/alert_limits.sql",
    "plan/notifications.sql",
)

# Who owns what decides who can change it: Python writes raw, ml and ops, dbt writes the four schemas of the build,
# and what people decide in app is the owner's, whom no task works as.
SCHEMA_OWNERS = {
    "raw": Role.LOADER,
    "raw_parts": Role.LOADER,
    "staging": Role.TRANSFORMER,
    "intermediate": Role.TRANSFORMER,
    "core": Role.TRANSFORMER,
    "marts_build": Role.TRANSFORMER,
    "marts": Role.TRANSFORMER,
    # Where a past state is built again, beside the one in force.
    "staging_as_of": Role.TRANSFORMER,
    "intermediate_as_of": Role.TRANSFORMER,
    "core_as_of": Role.TRANSFORMER,
    "marts_build_as_of": Role.TRANSFORMER,
    "ml": Role.MODELER,
    "plan": Role.ADVISOR,
    "ops": Role.OWNER,
    "app": Role.OWNER,
}
READERS = {
    "raw": (Role.TRANSFORMER,),
    "raw_parts": (),
    "staging": (),
    "intermediate": (),
    "core": (Role.MODELER, Role.ADVISOR, Role.ANALYST),
    "marts_build": (Role.ADVISOR,),
    "marts": (Role.MODELER, Role.ANALYST),
    "staging_as_of": (),
    "intermediate_as_of": (),
    "core_as_of": (),
    "marts_build_as_of": (Role.ANALYST,),
    "ml": (Role.TRANSFORMER, Role.ANALYST),
    "plan": (Role.TRANSFORMER, Role.ANALYST),
}
# Table by table, because ops is written by several roles and holds personal data: rows of quarantine, keys of bad rows.
OPS_GRANTS = {
    "companies": {
        Role.LOADER: "select, insert, update",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ADVISOR: "select",
        Role.ANALYST: "select",
    },
    "policies": {
        Role.LOADER: "select, insert, update, delete",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ADVISOR: "select",
        Role.ANALYST: "select",
    },
    "holidays": {
        Role.LOADER: "select, insert, delete",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ANALYST: "select",
    },
    "batches": {
        Role.LOADER: "select, insert, update",
        Role.TRANSFORMER: "select, update (build_id, built_at)",
        Role.MODELER: "select",
        Role.ANALYST: "select",
    },
    "builds": {Role.TRANSFORMER: "select, insert, update (finished_at)", Role.ANALYST: "select"},
    "load_ledger": {
        Role.LOADER: "select, insert",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ANALYST: "select",
    },
    "load_figures": {Role.LOADER: "select, insert, delete"},
    "quarantine": {
        Role.LOADER: "select, insert",
        Role.TRANSFORMER: "select",
        Role.ANALYST: (
            "select (quarantine_id, batch_id, company_id, source_system, entity, source_file, row_number, "
            "column_name, rule, reason, is_personal, quarantined_at)"
        ),
    },
    "quality_results": {
        Role.LOADER: "select, insert",
        Role.TRANSFORMER: "select, insert",
        Role.MODELER: "select, insert",
        Role.ANALYST: (
            "select (result_id, run_id, company_id, business_date, batch_id, checkpoint_name, suite_name, "
            "expectation_type, column_name, severity, success, observed_value, element_count, unexpected_count, "
            "unexpected_pct, checked_at)"
        ),
    },
    "publications": {Role.TRANSFORMER: "select, insert", Role.ANALYST: "select"},
    "publication_marts": {Role.TRANSFORMER: "select, insert", Role.ANALYST: "select"},
    "published_marts": {Role.TRANSFORMER: "select, insert, update, delete", Role.ANALYST: "select"},
    "unpublished_rows": {Role.TRANSFORMER: "select, insert, delete"},
    "dbt_results": {Role.TRANSFORMER: "select, insert", Role.ANALYST: "select"},
}


def initialize(replace: Collection[Role] = (), *, force: bool = False) -> None:
    """Create the warehouse: database on the embedded server, roles, schemas, tables and grants; safe to repeat.

    A warehouse that this version has set up is left alone, because owners and grants lock what others work with.

    Args:
        replace: Roles that get the password known here even where a server of WAREHOUSE_URL has another one.
        force: Do all of it again, to mend what somebody has dropped or changed by hand.

    Raises:
        SettingsError: the server of WAREHOUSE_URL has such roles with passwords that are not known here, or its login
            may not manage roles.
    """
    if get_settings().warehouse_url is None:
        with _embedded_server() as server:
            _create_database(server, DATABASE)
    try:
        with connect(Role.OWNER) as connection:
            if replace or force or not _is_installed(connection):
                _initialize(connection, replace, force=force)
    except psycopg.errors.InsufficientPrivilege as error:
        raise SettingsError(
            "The login of WAREHOUSE_URL must own the database, and either have CREATEROLE or be a member of the roles "
            f"{', '.join(SERVICE_ROLES)}, beside which {', '.join(sharing.Audience)} must exist: docs/deployment.md "
            f"({error.diag.message_primary})"
        ) from None


def _initialize(connection: psycopg.Connection, replace: Collection[Role], *, force: bool) -> None:
    # Two commands at once would collide in the catalog.
    connection.execute("select pg_advisory_lock(hashtext('warehouse.schemas'))")
    if not (replace or force) and _is_installed(connection):
        return
    create_roles(connection, replace)
    connection.execute("revoke create on schema public from public")
    _create_schemas(connection)
    sharing.create_groups(connection)
    for name in DDL_FILES:
        connection.execute((DDL_DIR / name).read_text())  # type: ignore[arg-type]
    _grant(connection)
    sharing.protect(connection, anew=force)
    connection.execute("delete from ops.installation")
    connection.execute("insert into ops.installation (fingerprint) values (%s)", [_fingerprint()])


def _is_installed(connection: psycopg.Connection) -> bool:
    """Tell whether this version, with the passwords of this state folder, has set the warehouse up."""
    found = connection.execute("select to_regclass('ops.installation') is not null").fetchone()
    if found != (True,):
        return False
    if connection.execute("select fingerprint from ops.installation").fetchall() != [(_fingerprint(),)]:
        return False
    # Logins belong to the server: on another one, somebody may have given them new passwords for another database.
    return get_settings().warehouse_url is None or not any(map(roles.failure, SERVICE_ROLES))


def _fingerprint() -> str:
    """Return a hash of all that setting up depends on."""
    digest = hashlib.sha256()
    for path in (Path(__file__), Path(roles.__file__), Path(sharing.__file__), *(DDL_DIR / name for name in DDL_FILES)):
        digest.update(path.read_bytes())
    for role in SERVICE_ROLES:
        digest.update(secret(password_name(role)).encode())
    return digest.hexdigest()


def initialize_airflow() -> None:
    """Create database and login of Airflow's metadata on the embedded server; safe to repeat."""
    with _embedded_server() as server:
        _create_database(server, AIRFLOW_DATABASE)
        create_login(server, AIRFLOW_DATABASE, secret(AIRFLOW_SECRET))
        names = {"database": sql.Identifier(AIRFLOW_DATABASE), "login": sql.Identifier(AIRFLOW_DATABASE)}
        server.execute(sql.SQL("alter database {database} owner to {login}").format(**names))


def _embedded_server() -> psycopg.Connection:
    # No database can be created within a transaction.
    return psycopg.connect(embedded_url("postgres"), autocommit=True)


def _create_database(server: psycopg.Connection, name: str) -> None:
    if not server.execute("select 1 from pg_database where datname = %s", [name]).fetchone():
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        server.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(name)))


def _create_schemas(connection: psycopg.Connection) -> None:
    for schema, owner in SCHEMA_OWNERS.items():
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        if owner is not Role.OWNER:
            connection.execute(
                sql.SQL("alter schema {} owner to {}").format(sql.Identifier(schema), sql.Identifier(owner.value))
            )


def _grant(connection: psycopg.Connection) -> None:
    _hand_over(connection)
    for schema, readers in READERS.items():
        schema_owner = SCHEMA_OWNERS[schema].value
        for reader in readers:
            names = {
                "schema": sql.Identifier(schema),
                "owner": sql.Identifier(schema_owner),
                "reader": sql.Identifier(reader.value),
            }
            for statement in (
                "grant usage on schema {schema} to {reader}",
                "grant select on all tables in schema {schema} to {reader}",
                "alter default privileges for role {owner} in schema {schema} grant select on tables to {reader}",
            ):
                connection.execute(sql.SQL(statement).format(**names))
    for role in SERVICE_ROLES:
        connection.execute(sql.SQL("grant usage on schema ops to {}").format(sql.Identifier(role.value)))
    # Earlier versions granted more.
    connection.execute(
        sql.SQL("revoke all on all tables in schema ops from {}").format(sql.Identifier(Role.ANALYST.value))
    )
    for table, grants in OPS_GRANTS.items():
        for grantee, privileges in grants.items():
            connection.execute(
                sql.SQL("grant {} on {} to {}").format(
                    sql.SQL(privileges), sql.Identifier("ops", table), sql.Identifier(grantee.value)
                )
            )


def _hand_over(connection: psycopg.Connection) -> None:
    """Give tables to who fills them: only an owner may refresh the planner's statistics of a table."""
    owned = [("ml", table, Role.MODELER) for table in _tables(connection, "ml")]
    owned += [("plan", table, Role.ADVISOR) for table in _tables(connection, "plan")]
    owned += [("ops", table, Role.LOADER) for table in ("batches", "load_ledger")]
    # A new owner must be allowed to create tables in the schema, unless a superuser does it.
    connection.execute(sql.SQL("grant create on schema ops to {}").format(sql.Identifier(Role.LOADER)))
    for schema, table, owner in owned:
        connection.execute(
            sql.SQL("alter table {} owner to {}").format(sql.Identifier(schema, table), sql.Identifier(owner))
        )
    connection.execute(sql.SQL("revoke create on schema ops from {}").format(sql.Identifier(Role.LOADER)))


def _tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = %s", [schema]).fetchall()
    return [row[0] for row in rows]
