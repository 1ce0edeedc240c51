"""Databases, schemas, roles and grants of the warehouse, created idempotently."""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from warehouse.connection import (
    AIRFLOW_DATABASE,
    AIRFLOW_SECRET,
    DATABASE,
    SERVICE_ROLES,
    Role,
    connect,
    password_name,
    warehouse_url,
)
from warehouse.secrets import secret
from warehouse.settings import get_settings

DDL_DIR = Path(__file__).parent / "ddl"

# Who owns what decides who can change it: Python writes raw, ml and ops, dbt writes the four schemas of the build.
SCHEMA_OWNERS = {
    "raw": Role.LOADER,
    "staging": Role.TRANSFORMER,
    "intermediate": Role.TRANSFORMER,
    "core": Role.TRANSFORMER,
    "marts": Role.TRANSFORMER,
    "ml": Role.MODELER,
    "ops": Role.OWNER,
}
READERS = {
    "raw": (Role.TRANSFORMER,),
    "staging": (),
    "intermediate": (),
    "core": (Role.MODELER, Role.ANALYST),
    "marts": (Role.MODELER, Role.ANALYST),
    "ml": (Role.TRANSFORMER, Role.ANALYST),
}
# Table by table, because ops is written by several roles and holds personal data in quarantine.
OPS_GRANTS = {
    "companies": {
        Role.LOADER: "select, insert, update",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ANALYST: "select",
    },
    "policies": {
        Role.LOADER: "select, insert, update, delete",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
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
    "builds": {Role.TRANSFORMER: "select, insert", Role.ANALYST: "select"},
    "load_ledger": {
        Role.LOADER: "select, insert",
        Role.TRANSFORMER: "select",
        Role.MODELER: "select",
        Role.ANALYST: "select",
    },
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
        Role.ANALYST: "select",
    },
    "dbt_results": {Role.TRANSFORMER: "select, insert", Role.ANALYST: "select"},
}


def initialize() -> None:
    """Create databases, roles, schemas, operational tables and grants; safe to repeat."""
    if get_settings().warehouse_url is None:
        _create_embedded_databases()
    with connect(Role.OWNER) as connection:
        _create_roles(connection)
        _create_schemas(connection)
        for name in ("ops", "ml"):
            connection.execute((DDL_DIR / f"{name}.sql").read_text())  # type: ignore[arg-type]
        _grant(connection)


def _create_embedded_databases() -> None:
    url = warehouse_url(Role.OWNER).rsplit("/", 1)[0] + "/postgres"
    with psycopg.connect(url, autocommit=True) as connection:
        for database in (DATABASE, AIRFLOW_DATABASE):
            found = connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone()
            if not found:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(database)))
            connection.execute(sql.SQL("revoke all on database {} from public").format(sql.Identifier(database)))
        _create_login(connection, AIRFLOW_DATABASE, secret(AIRFLOW_SECRET))
        connection.execute(
            sql.SQL("alter database {} owner to {}").format(
                sql.Identifier(AIRFLOW_DATABASE), sql.Identifier(AIRFLOW_DATABASE)
            )
        )


def _create_login(connection: psycopg.Connection, name: str, password: str) -> None:
    found = connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    verb = "alter" if found else "create"
    connection.execute(
        sql.SQL("{} role {} login nosuperuser nocreatedb nocreaterole password {}").format(
            sql.SQL(verb), sql.Identifier(name), sql.Literal(password)
        )
    )


def _create_roles(connection: psycopg.Connection) -> None:
    database = connection.info.dbname
    for role in SERVICE_ROLES:
        _create_login(connection, role.value, secret(password_name(role)))
        connection.execute(
            sql.SQL("grant {} on database {} to {}").format(
                sql.SQL("connect" if role is Role.ANALYST else "connect, temporary"),
                sql.Identifier(database),
                sql.Identifier(role.value),
            )
        )
        # The owner must be able to hand schemas over, also where it is no superuser.
        connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role.value)))
    connection.execute("revoke create on schema public from public")
    connection.execute(
        sql.SQL("alter role {} set default_transaction_read_only = on").format(sql.Identifier(Role.ANALYST.value))
    )


def _create_schemas(connection: psycopg.Connection) -> None:
    for schema, owner in SCHEMA_OWNERS.items():
        connection.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(schema)))
        if owner is not Role.OWNER:
            connection.execute(
                sql.SQL("alter schema {} owner to {}").format(sql.Identifier(schema), sql.Identifier(owner.value))
            )


def _grant(connection: psycopg.Connection) -> None:
    # Only an owner may refresh the planner's statistics of a table, so these belong to who fills them.
    owned = [("ml", table, Role.MODELER) for table in _tables(connection, "ml")]
    owned += [("ops", table, Role.LOADER) for table in ("batches", "load_ledger")]
    for schema, table, owner in owned:
        connection.execute(
            sql.SQL("alter table {} owner to {}").format(sql.Identifier(schema, table), sql.Identifier(owner.value))
        )
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
    for table, grants in OPS_GRANTS.items():
        for grantee, privileges in grants.items():
            connection.execute(
                sql.SQL("grant {} on {} to {}").format(
                    sql.SQL(privileges), sql.Identifier("ops", table), sql.Identifier(grantee.value)
                )
            )


def _tables(connection: psycopg.Connection, schema: str) -> list[str]:
    rows = connection.execute("select tablename from pg_tables where schemaname = %s", [schema]).fetchall()
    return [row[0] for row in rows]
