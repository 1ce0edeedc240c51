"""Roles on another server: created once, shared with other checkouts, taken over only when somebody says so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from warehouse import schemas
from warehouse.connection import (
    SERVICE_ROLES,
    Role,
    airflow_connect,
    connect,
    embedded_url,
    password_name,
    warehouse_url,
)
from warehouse.settings import Settings, SettingsError, get_settings

pytestmark = pytest.mark.integration

DATABASE = "elsewhere"


@pytest.fixture
def first_checkout(warehouse: Settings) -> Iterator[dict[Role, str]]:
    """The session's own warehouse, whose roles exist already, and their URLs."""
    with psycopg.connect(embedded_url("postgres"), autocommit=True) as connection:
        connection.execute(f"create database {DATABASE}")  # type: ignore[arg-type]
        yield {role: warehouse_url(role) for role in SERVICE_ROLES}
        connection.execute(f"drop database {DATABASE} with (force)")  # type: ignore[arg-type]
    schemas.initialize(force=True)


@pytest.fixture
def second_checkout(
    first_checkout: dict[Role, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[pytest.MonkeyPatch]:
    """A checkout with secrets of its own, whose WAREHOUSE_URL is a database on the same server."""
    url = embedded_url(DATABASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAREHOUSE_URL", url)
        patch.setenv("ORW_STATE_DIR", str(tmp_path))
        get_settings.cache_clear()
        yield patch
    get_settings.cache_clear()


def know_passwords(urls: dict[Role, str], checkout: pytest.MonkeyPatch) -> None:
    for role, url in urls.items():
        checkout.setenv(password_name(role).upper(), str(conninfo_to_dict(url)["password"]))


def works(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def test_roles_of_another_checkout_are_left_alone(
    first_checkout: dict[Role, str], second_checkout: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SettingsError, match="WAREHOUSE_LOADER_PASSWORD, .*init --set-passwords") as caught:
        schemas.initialize()
    assert "\n" not in str(caught.value)
    assert all(works(url) for url in first_checkout.values())


def test_passwords_from_the_environment_let_a_second_checkout_in(
    first_checkout: dict[Role, str], second_checkout: pytest.MonkeyPatch
) -> None:
    know_passwords(first_checkout, second_checkout)
    schemas.initialize()
    assert all(works(url) for url in first_checkout.values())
    with connect(Role.TRANSFORMER) as connection:
        assert connection.info.dbname == DATABASE
        assert connection.execute("select count(*) from ops.batches").fetchone() == (0,)


def test_roles_are_taken_over_on_demand(first_checkout: dict[Role, str], second_checkout: pytest.MonkeyPatch) -> None:
    schemas.initialize(replace=SERVICE_ROLES)
    assert works(warehouse_url(Role.LOADER))
    assert not any(works(url) for url in first_checkout.values())
    # Now they are this checkout's, and nothing has to be demanded.
    schemas.initialize()


@pytest.fixture
def plain_owner(second_checkout: pytest.MonkeyPatch) -> Iterator[psycopg.Connection]:
    """A superuser's connection, while WAREHOUSE_URL logs in as an owner without any right over roles."""
    with psycopg.connect(os.environ["WAREHOUSE_URL"], autocommit=True) as connection:
        connection.execute("create role dwh_owner login password 'x'")
        connection.execute(f"alter database {DATABASE} owner to dwh_owner")  # type: ignore[arg-type]
        address = f"{connection.info.host}:{connection.info.port}"
        second_checkout.setenv("WAREHOUSE_URL", f"postgresql://dwh_owner:x@{address}/{DATABASE}")
        get_settings.cache_clear()
        yield connection
        connection.execute(f"alter database {DATABASE} owner to postgres")  # type: ignore[arg-type]
        connection.execute("drop owned by dwh_owner cascade")
        connection.execute("drop role dwh_owner")


def test_owner_without_rights_over_roles_is_told_what_it_needs(
    first_checkout: dict[Role, str], second_checkout: pytest.MonkeyPatch, plain_owner: psycopg.Connection
) -> None:
    with pytest.raises(SettingsError, match="must own the database, and either have CREATEROLE or be a member"):
        schemas.initialize()
    # What docs/deployment.md tells to do.
    know_passwords(first_checkout, second_checkout)
    plain_owner.execute("grant loader, transformer, modeler, advisor, analyst to dwh_owner")
    schemas.initialize()
    schemas.initialize()
    assert plain_owner.execute("select tableowner from pg_tables where tablename = 'load_ledger'").fetchone() == (
        "loader",
    )


def airflow_password() -> tuple[str]:
    with psycopg.connect(embedded_url("postgres")) as connection:
        row = connection.execute("select rolpassword from pg_authid where rolname = 'airflow'").fetchone()
    assert row
    return row


def test_airflow_has_a_database_that_setting_up_the_warehouse_leaves_alone(warehouse: Settings) -> None:
    schemas.initialize_airflow()
    # Given again, even the same password is stored anew.
    stored = airflow_password()
    schemas.initialize()
    assert airflow_password() == stored
    schemas.initialize_airflow()
    with airflow_connect() as connection:
        assert connection.info.dbname == "airflow"
        connection.execute("create table public.of_airflow ()")
        connection.rollback()


def test_warehouse_that_is_set_up_is_left_alone(warehouse: Settings) -> None:
    # A reader that holds a table would have whoever hands tables over wait, and everybody else behind him.
    with connect(Role.ANALYST) as reader, ThreadPoolExecutor(max_workers=1) as pool:
        reader.execute("select count(*) from ml.slow_mover_scores")
        done = pool.submit(schemas.initialize)
        try:
            done.result(timeout=10)
        finally:
            reader.rollback()


def test_what_was_dropped_by_hand_comes_back_when_asked_for(warehouse: Settings) -> None:
    with connect(Role.OWNER) as owner:
        owner.execute("revoke select on ops.batches from analyst")
    schemas.initialize()
    with connect(Role.ANALYST) as analyst, pytest.raises(psycopg.errors.InsufficientPrivilege):
        analyst.execute("select count(*) from ops.batches")
    schemas.initialize(force=True)
    with connect(Role.ANALYST) as analyst:
        assert analyst.execute("select count(*) from ops.batches").fetchone() is not None
